import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import express, { type RequestHandler } from 'express';
import { z } from 'zod';
import type { AnswerDescription, Endpoint } from './endpoint.ts';
import { type ErrorRenderer, renderProblem } from './errors.ts';

export interface ServiceDescription {
  readonly name: string;
  readonly version: string;
  /** One sentence: what the service is for. */
  readonly description: string;
}

type Content = Record<string, { schema: z.ZodType }>;

function content(
  {
    contentType = 'application/json',
    otherForms = {},
  }: Pick<AnswerDescription, 'contentType' | 'otherForms'>,
  schema: z.ZodType,
): Content {
  const others = Object.entries(otherForms).map(([type, other]) => [type, { schema: other }] as const);
  return { [contentType]: { schema }, ...Object.fromEntries(others) };
}

const inForm = ({ form }: ErrorRenderer): Content =>
  form ? { [form.contentType]: { schema: form.schema } } : {};

function contentOf(status: string, answer: AnswerDescription, errors: ErrorRenderer): Content {
  const { schema } = answer;
  if (schema !== undefined) return content(answer, schema);
  // A page or a stream is a text of which nothing more is said.
  if (answer.contentType !== undefined) return content(answer, z.string());
  return Number(status) >= 400 ? inForm(errors) : {};
}

// Express says so to whoever sends `If-None-Match: *`, where an answer has no tag as well.
const UNCHANGED = { description: 'The answer is the one that you have', content: {} };

const UNDECODABLE = { description: 'The address cannot be decoded', content: {} };

function responses(endpoint: Endpoint, fallback: ErrorRenderer) {
  const { answers, method, path, errors = renderProblem } = endpoint;
  const documented = Object.entries(answers).map(([status, answer]) => {
    const { description, headers } = answer;
    const body = contentOf(status, answer, errors);
    return [status, { description, ...(headers && { headers }), content: body }] as const;
  });
  const all = new Map(documented);
  if (method === 'get' && all.has('200') && !all.has('304')) all.set('304', UNCHANGED);
  if (/[:*]/.test(path)) {
    // Parameters of the path are decoded before any endpoint is entered.
    const { content: own, ...rest } = all.get('400') ?? UNDECODABLE;
    all.set('400', { ...rest, content: { ...inForm(fallback), ...own } });
  }
  return Object.fromEntries(all);
}

function request({ request: parts }: Endpoint) {
  if (parts === undefined) return {};
  const { body, params, query, headers } = parts;
  return {
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body: { content: content(body, body.schema) } }),
    },
  };
}

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** The OpenAPI 3.1 document of a service, made from its endpoints and the form of its errors alone. */
export function openApiDocument(
  service: ServiceDescription,
  endpoints: readonly Endpoint[],
  fallback: ErrorRenderer,
): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'A service token from /auth/authorize',
  });
  for (const endpoint of endpoints) {
    registry.registerPath({
      method: endpoint.method,
      path: endpoint.path.replaceAll(/[:*](\w+)/g, '{$1}'),
      tags: [endpoint.tag],
      summary: endpoint.summary,
      ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
      ...(endpoint.secured ? { security: [{ bearer: [] }] } : {}),
      ...request(endpoint),
      responses: responses(endpoint, fallback),
    });
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: `Flyloft ${service.name}`, version: service.version, description: service.description },
    servers: [{ url: '/' }],
  });
}

const docsPage = (title: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>`;

const START_SCRIPT = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui' });`;

/** The `/docs` page and its files, all from this origin. */
export function docsPages(service: ServiceDescription): { page: RequestHandler; files: RequestHandler } {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const files = express.Router();
  files.get('/start.js', (_req, res) => {
    res.type('text/javascript').send(START_SCRIPT);
  });
  files.use(express.static(folder, { index: false }));
  return {
    page: (_req, res) => {
      res.type('html').send(docsPage(`Flyloft ${service.name}`));
    },
    files,
  };
}
