import { randomUUID } from 'node:crypto';
import type { JsonObject, LoadAttempt } from '@flyloft/registry';
import { ANN, type TestConductor } from './conductor.ts';

interface Wanted {
  readonly owner?: string;
  readonly name?: string;
  readonly isPrivate?: boolean;
  readonly descriptor?: JsonObject;
}

/** A load that has begun. */
export async function begin({ registry, origin }: TestConductor, owner = ANN): Promise<LoadAttempt> {
  const address = `${origin}/files/${owner}/${randomUUID()}/datapackage.json`;
  const { load } = await registry.createLoad({ address, datapackage: address, requestedBy: owner });
  const begun = await registry.startAttempt(load.id, 0);
  if (begun === undefined) throw new Error('the load did not begin');
  return begun.attempt;
}

/** Ends a load as the worker does, with a package of three rows. */
export async function finish({ registry }: TestConductor, attempt: LoadAttempt, wanted: Wanted = {}) {
  const { owner = ANN, name = `p-${randomUUID()}`, isPrivate = true, descriptor = {} } = wanted;
  const id = `${owner}:${name}`;
  await registry.claimPackage(attempt, id);
  const model = { measures: {} };
  const cubes = [{ id, resource: 'data', file: `_cubes/${randomUUID()}`, rows: 3, columns: [], model }];
  await registry.publish(attempt, {
    packageId: id,
    descriptor: { name, ...descriptor },
    model,
    cubes,
    rows: 3,
  });
  if (!isPrivate) await registry.setPrivacy(id, 'public');
  return id;
}

/** A package as a load leaves it. */
export async function publishPackage(conductor: TestConductor, wanted: Wanted = {}): Promise<string> {
  return finish(conductor, await begin(conductor, wanted.owner), wanted);
}
