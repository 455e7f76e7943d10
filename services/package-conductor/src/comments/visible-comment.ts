import { problem } from '@flyloft/common';
import type { PackageComment, Registry } from '@flyloft/registry';
import { z } from 'zod';
import type { Person } from '../http/credentials.ts';
import { visiblePackage } from '../packages/visible-package.ts';

const unknown = () => problem('not_found', 'There is no such comment');

/** Moderators see hidden comments; everybody their own. */
function isShown({ hidden, author }: PackageComment, person: Person | undefined): boolean {
  return !hidden || person?.isModerator === true || person?.userid === author;
}

/**
 * A comment, to whoever may see its package.
 * @throws {ProblemError} 404 for an unknown one, a stranger's hidden one, one of a package that is not shown.
 */
export async function visibleComment(
  registry: Pick<Registry, 'findComment' | 'findPackage'>,
  id: string,
  person: Person | undefined,
): Promise<PackageComment> {
  const comment = z.uuid().safeParse(id).success ? await registry.findComment(id) : undefined;
  if (comment === undefined || !isShown(comment, person)) throw unknown();
  await visiblePackage(registry, comment.packageId, person);
  return comment;
}

/**
 * A comment of this package that the person may change: their own, or any for moderators.
 * @throws {ProblemError} 403 for another's, 404 as `visibleComment`.
 */
export async function changeableComment(
  registry: Pick<Registry, 'findComment' | 'findPackage'>,
  { packageId, id }: { readonly packageId: string; readonly id: string },
  person: Person,
): Promise<PackageComment> {
  const comment = await visibleComment(registry, id, person);
  if (comment.packageId !== packageId) throw unknown();
  if (comment.author !== person.userid && !person.isModerator) {
    throw problem('permission_denied', 'This comment is somebody else’s');
  }
  return comment;
}
