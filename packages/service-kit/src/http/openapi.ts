import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import express, { type RequestHandler } from 'express';
import type { AnswerDescription, Endpoint } from './endpoint.ts';

export interface ServiceDescription {
  readonly name: string;
  readonly version: string;
  /** One sentence: what the service is for. */
  readonly description: string;
}

function content(answer: AnswerDescription) {
  if (answer.schema === undefined) return {};
  return { content: { [answer.contentType ?? 'application/json']: { schema: answer.schema } } };
}

function responses(endpoint: Endpoint) {
  return Object.fromEntries(
    Object.entries(endpoint.answers).map(([status, answer]) => [
      status,
      { description: answer.description, ...content(answer) },
    ]),
  );
}

function request({ request: parts }: Endpoint) {
  if (parts === undefined) return {};
  const { body, params, query, headers } = parts;
  return {
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined
        ? {}
        : {
            body: { content: { [body.contentType ?? 'application/json']: { schema: body.schema } } },
          }),
    },
  };
}

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** The OpenAPI 3.1 document of a service, made from its endpoints alone. */
export function openApiDocument(
  service: ServiceDescription,
  endpoints: readonly Endpoint[],
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
      responses: responses(endpoint),
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
