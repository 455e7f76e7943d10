import { problem, unauthorized } from '@flyloft/common';
import type { ObjectStore, UploadSigner } from '@flyloft/object-store';
import type { Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { auditActing } from '../../audit.ts';
import { BODY_ANSWERS } from '../../http/common-answers.ts';
import { type Credentials, knownPerson, mayActFor, type Person } from '../../http/credentials.ts';
import { anyJsonBody } from '../../http/json-body.ts';
import { announcedFilesOf, packageNamesOf } from '../../uploads/announced-files.ts';
import { reserveRoom } from '../../uploads/reserve-room.ts';

export interface AuthorizeDependencies {
  readonly credentials: Credentials;
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly signer: UploadSigner;
  readonly maxFileBytes: number;
  /** Of all files of one owner together. */
  readonly maxOwnerBytes: number;
}

const UPLOAD_LIFE_SECONDS = 24 * 60 * 60;

const fileSchema = z.object({
  name: z.string(),
  length: z.int().min(0),
  md5: z.string().describe('Base64 of the binary digest'),
  type: z.string().optional(),
});

const bodySchema = z.object({
  metadata: z.object({ owner: z.string().describe("The caller's userid"), name: z.string() }),
  filedata: z.record(z.string(), fileSchema).describe('By relative path'),
});

const answerSchema = z.object({
  filedata: z.record(
    z.string(),
    fileSchema.extend({
      upload_url: z.string(),
      upload_query: z.record(z.string(), z.array(z.string()).length(1)),
    }),
  ),
});

/** The token must be good for uploads to this very owner (packages.md 2). */
function checkOwner(person: Person, owner: string): void {
  if ((person.mayUpload || person.isAdministrator) && mayActFor(person, owner)) return;
  throw unauthorized('token_invalid', 'The token is not good for uploads to this owner');
}

function handlers(dependencies: AuthorizeDependencies): RequestHandler[] {
  const { credentials, registry, store, signer, maxFileBytes } = dependencies;
  // The order of evaluation is part of the contract: body, store, names, token, files.
  const checkStore: RequestHandler = async (_req, _res, next) => {
    await store.check().catch((cause: unknown) => {
      throw problem('unavailable', 'The store for uploads is not available', { cause });
    });
    next();
  };
  const checkNames: RequestHandler = (req, _res, next) => {
    packageNamesOf(req.body);
    next();
  };
  const answer: RequestHandler = async (req, res) => {
    const names = packageNamesOf(req.body);
    const person = knownPerson(res);
    checkOwner(person, names.owner);
    const files = announcedFilesOf(req.body, names, maxFileBytes);
    await reserveRoom(dependencies, { owner: names.owner, files, lifeSeconds: UPLOAD_LIFE_SECONDS });
    const subject = `${names.owner}/${names.name}`;
    await auditActing(registry, person, { owner: names.owner, action: 'datastore.authorize', subject });
    const signed = files.map(async ({ path, key, name, length, md5, type }) => {
      const typed = type === undefined ? {} : { contentType: type };
      const { url, query } = await signer.sign({
        key,
        length,
        md5,
        ...typed,
        expiresInSeconds: UPLOAD_LIFE_SECONDS,
      });
      // Clients take element 0 of each list.
      const uploadQuery = Object.fromEntries(Object.entries(query).map(([field, value]) => [field, [value]]));
      const described = type === undefined ? { md5, name, length } : { md5, name, length, type };
      return [path, { ...described, upload_url: url, upload_query: uploadQuery }];
    });
    res.json({ filedata: Object.fromEntries(await Promise.all(signed)) });
  };
  return [anyJsonBody, checkStore, checkNames, credentials.need, answer];
}

/** POST `/datastore/authorize` and its alias `/datastore/`, which the packager and gobble use. */
export function authorizeEndpoints(dependencies: AuthorizeDependencies): Endpoint[] {
  return ['/datastore/authorize', '/datastore/'].map((path) => ({
    method: 'post',
    path,
    tag: 'datastore',
    summary: 'Get signed addresses to upload the files of a package to',
    description:
      'PUT each file to its `upload_url`, with the first element of each list of `upload_query` as a parameter and the announced `Content-MD5` and `Content-Type`. The addresses live for 24 hours.',
    secured: true,
    request: { body: { schema: bodySchema } },
    answers: {
      ...BODY_ANSWERS,
      200: { description: 'An address for each file', schema: answerSchema },
      400: { description: 'The body is not JSON, or misses something; the answer says what' },
      401: { description: 'The token is not good for uploads to this owner' },
      413: { description: 'A file is larger than is accepted, or all of the owner would be' },
      503: { description: 'The store is not available' },
    },
    handlers: handlers(dependencies),
  }));
}
