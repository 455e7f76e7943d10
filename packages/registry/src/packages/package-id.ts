/** `<owner>:<name>`; neither part holds a colon itself, and neither needs escaping in a path. */
const PACKAGE_ID = /^(?<owner>[a-z0-9][a-z0-9._-]*):(?<name>[a-z0-9][a-z0-9._-]*)$/;

/** @throws {RangeError} for what is no package id. */
export function parsePackageId(id: string): { readonly owner: string; readonly name: string } {
  const { owner, name } = PACKAGE_ID.exec(id)?.groups ?? {};
  if (owner === undefined || name === undefined) throw new RangeError(`"${id}" is not a package id`);
  return { owner, name };
}

/** Where the files of one attempt of a load lie in the object store; no upload can reach this place. */
export function cubeFilesPrefix(packageId: string, loadId: string, attempt: number): string {
  const { owner, name } = parsePackageId(packageId);
  return `_cubes/${owner}/${name}/${loadId}/${attempt}/`;
}
