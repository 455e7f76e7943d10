import { problem } from '@flyloft/common';
import { dataSetSettingsSchema, generateBearerToken, hashToken } from '@flyloft/data-sets';
import { type Endpoint, renderProblem, validate } from '@flyloft/service-kit';
import express, { type RequestHandler } from 'express';
import { z } from 'zod';
import { administrator } from '../../authorisation/administrator.ts';
import { configurationSchema, presentConfiguration } from '../../configurations/configuration.ts';
import { newDataSetSchema } from '../../configurations/new-data-set.ts';
import type { WriteDependencies } from '../../dependencies.ts';

const createdSchema = configurationSchema.extend({
  bearer_token: z.string().optional().describe('Shown this once, when it was generated'),
});

function createDataSet({ dataSets }: WriteDependencies): RequestHandler {
  return async (req, res) => {
    const body = validate(newDataSetSchema, req.body, 'body');
    const generated = body.bearer_token === undefined ? generateBearerToken() : undefined;
    const token = generated ?? body.bearer_token;
    const created = await dataSets.catalogue.create({
      name: body.name,
      dataGroup: body.data_group,
      dataType: body.data_type,
      tokenHash: token ? hashToken(token) : null,
      // Keeps the settings of the body, leaves its names and its token.
      settings: dataSetSettingsSchema.parse(body),
    });
    if (created === undefined) {
      throw problem('conflict', `The name "${body.name}" or this pair of data_group and data_type is taken`);
    }
    res
      .status(201)
      .set('Cache-Control', 'no-store')
      .location(`/data-sets/${created.name}`)
      .json({ ...presentConfiguration(created), ...(generated && { bearer_token: generated }) });
  };
}

export function createDataSetEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/data-sets',
    tag: 'data sets',
    summary: 'Creates a data set',
    secured: true,
    request: { body: { schema: newDataSetSchema } },
    answers: {
      201: { description: 'The configuration', schema: createdSchema },
      400: { description: 'A field is not valid; `errors` names it' },
      401: { description: 'A token is missing or not valid' },
      403: { description: 'The token lacks the permission `admin`' },
      409: { description: 'The name, or the pair of group and type, is taken' },
      413: { description: 'The body is too large' },
      415: { description: 'The charset or the encoding of the body is not known' },
      503: { description: 'The database does not answer' },
    },
    errors: renderProblem,
    handlers: [
      administrator(dependencies, { all: ['admin'] }),
      express.json({ limit: '256kb', strict: false }),
      createDataSet(dependencies),
    ],
  };
}
