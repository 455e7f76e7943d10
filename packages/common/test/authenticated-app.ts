import express, { type ErrorRequestHandler, type Express } from 'express';
import {
  type AuthenticateOptions,
  authenticate,
  claimsOf,
  type PermissionRequirement,
  ProblemError,
  requirePermission,
} from '../src/index.ts';

// The service kit renders errors in earnest; this package stands below it.
const renderError: ErrorRequestHandler = (error, _req, res, next) => {
  if (!(error instanceof ProblemError)) return next(error);
  res.set(error.headers).status(error.status).json({ code: error.code });
};

/** An app with one protected address that answers who is calling. */
export function authenticatedApp(options: AuthenticateOptions, requirement?: PermissionRequirement): Express {
  const app = express();
  app.use(express.urlencoded({ extended: false }), express.json());
  const checks = [authenticate(options), ...(requirement ? [requirePermission(requirement)] : [])];
  app.all('/things', ...checks, (_req, res) => {
    res.json({ userid: claimsOf(res)?.userid ?? null });
  });
  app.use(renderError);
  return app;
}
