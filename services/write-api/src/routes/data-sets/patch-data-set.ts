import { problem } from '@flyloft/common';
import { hashToken } from '@flyloft/data-sets';
import { type Endpoint, renderProblem, validate } from '@flyloft/service-kit';
import express, { type RequestHandler } from 'express';
import { z } from 'zod';
import { administrator } from '../../authorisation/administrator.ts';
import { dataSetChangeSchema } from '../../configurations/changeable-fields.ts';
import { configurationSchema, presentConfiguration } from '../../configurations/configuration.ts';
import { dataSetTexts } from '../../configurations/data-set-texts.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { findByName } from './find-by-name.ts';

function patchDataSet({ dataSets, moderation }: WriteDependencies): RequestHandler {
  const { catalogue, store } = dataSets;
  return async (req, res) => {
    const { bearer_token: token, ...given } = validate(dataSetChangeSchema, req.body, 'body');
    moderation.refuseWords(dataSetTexts({ schema: given.schema }));
    const settings = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const found = await findByName(dataSets, req);
    const tokenHash = token ? hashToken(token) : null;
    const changed =
      found && (await catalogue.update(found, { settings, ...(token !== undefined && { tokenHash }) }));
    if (changed === undefined) throw problem('not_found', 'There is no data set of this name');
    // A cap that is new or smaller holds at once, not only after the next write.
    if (given.capped_size) await store.trim(changed);
    res.json(presentConfiguration(changed));
  };
}

export function patchDataSetEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'patch',
    path: '/data-sets/:name',
    tag: 'data sets',
    summary: 'Changes the configuration of a data set',
    description:
      'Anything but its name, group and type. Records that are there already are not checked anew.',
    secured: true,
    request: { params: z.object({ name: z.string() }), body: { schema: dataSetChangeSchema } },
    answers: {
      200: { description: 'The configuration, without token', schema: configurationSchema },
      400: { description: 'A field is not valid, or holds words that are not allowed; `errors` names it' },
      401: { description: 'A token is missing or not valid' },
      403: { description: 'The token lacks the permission `admin`' },
      404: { description: 'There is no data set of this name' },
      413: { description: 'The body is too large' },
      415: { description: 'The charset or the encoding of the body is not known' },
      503: { description: 'The database does not answer' },
    },
    errors: renderProblem,
    handlers: [
      administrator(dependencies, { all: ['admin'] }),
      express.json({ limit: '256kb', strict: false }),
      patchDataSet(dependencies),
    ],
  };
}
