import { problem } from '@flyloft/common';
import {
  type DataSets,
  dataSetSettingsSchema,
  generateBearerToken,
  hashToken,
  type Receipt,
} from '@flyloft/data-sets';
import {
  checkSameRequest,
  type Endpoint,
  idempotencyHeaders,
  idempotencyKeyOf,
  markReplayed,
  renderProblem,
  sha256,
  validate,
} from '@flyloft/service-kit';
import express, { type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { administrator } from '../../authorisation/administrator.ts';
import {
  type ConfigurationAnswer,
  configurationSchema,
  presentConfiguration,
} from '../../configurations/configuration.ts';
import { dataSetTexts } from '../../configurations/data-set-texts.ts';
import { newDataSetSchema } from '../../configurations/new-data-set.ts';
import { openAnswer, sealAnswer } from '../../configurations/sealed-answer.ts';
import type { WriteDependencies } from '../../dependencies.ts';

const createdSchema = configurationSchema.extend({
  bearer_token: z.string().optional().describe('Shown this once, when it was generated'),
});

type Answer = ConfigurationAnswer & { readonly bearer_token?: string };

function send(res: Response, answer: Answer): void {
  res.status(201).set('Cache-Control', 'no-store').location(`/data-sets/${answer.name}`).json(answer);
}

/** What was answered under this key before (reliability.md E1); undefined: nothing. */
async function answeredBefore(
  { catalogue }: DataSets,
  key: string,
  { keyHash, fingerprint }: Pick<Receipt, 'keyHash' | 'fingerprint'>,
): Promise<Answer | undefined> {
  const receipt = await catalogue.findCreation(keyHash);
  if (receipt === undefined) return undefined;
  checkSameRequest(receipt.fingerprint === fingerprint);
  return JSON.parse(openAnswer(receipt.body, key));
}

function createDataSet({ dataSets, moderation }: WriteDependencies): RequestHandler {
  return async (req, res) => {
    const body = validate(newDataSetSchema, req.body, 'body');
    moderation.refuseWords(dataSetTexts(body));
    const key = idempotencyKeyOf(req);
    const mark =
      key === undefined ? undefined : { keyHash: sha256(key), fingerprint: sha256(JSON.stringify(body)) };
    const replay = async () => {
      const answer = key !== undefined && mark && (await answeredBefore(dataSets, key, mark));
      if (!answer) return false;
      markReplayed(res);
      send(res, answer);
      return true;
    };
    if (await replay()) return;
    const generated = body.bearer_token === undefined ? generateBearerToken() : undefined;
    const token = generated ?? body.bearer_token;
    // Keeps the settings of the body, leaves its names and its token.
    const settings = dataSetSettingsSchema.parse(body);
    const { name, data_group: dataGroup, data_type: dataType } = body;
    const made = { name, dataGroup, dataType, tokenHash: token ? hashToken(token) : null, settings };
    const answer = { ...presentConfiguration(made), ...(generated && { bearer_token: generated }) };
    const receipt =
      mark && key !== undefined
        ? { ...mark, status: 201, body: sealAnswer(JSON.stringify(answer), key) }
        : undefined;
    if (await dataSets.catalogue.create(made, receipt)) send(res, answer);
    // A twin may have come first.
    else if (!(await replay())) {
      throw problem('conflict', `The name "${name}" or this pair of data_group and data_type is taken`);
    }
  };
}

export function createDataSetEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/data-sets',
    tag: 'data sets',
    summary: 'Creates a data set',
    secured: true,
    request: { headers: idempotencyHeaders, body: { schema: newDataSetSchema } },
    answers: {
      201: { description: 'The configuration', schema: createdSchema },
      400: { description: 'A field is not valid, or holds words that are not allowed; `errors` names it' },
      401: { description: 'A token is missing or not valid' },
      403: { description: 'The token lacks the permission `admin`' },
      409: { description: 'The name, or the pair of group and type, is taken' },
      413: { description: 'The body is too large' },
      415: { description: 'The charset or the encoding of the body is not known' },
      422: { description: 'The Idempotency-Key was used for another body' },
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
