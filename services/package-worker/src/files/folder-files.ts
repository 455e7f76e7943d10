import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type OutsidePlace, outsideFile } from './outside-file.ts';
import { ADDRESS, type PackageFile, type PackageFiles, pathWithin } from './package-files.ts';

function fileIn(folder: string, path: string): PackageFile {
  const file = join(folder, path);
  return {
    name: basename(path),
    address: file,
    open: async () => {
      const found = await stat(file).catch(() => undefined);
      return found?.isFile() ? createReadStream(file) : undefined;
    },
  };
}

/** The files of a package that lies in a folder of this disk; what it names elsewhere is fetched. */
export function folderFiles(place: OutsidePlace, folder: string): PackageFiles {
  return {
    descriptor: fileIn(folder, 'datapackage.json'),
    resource: (path) => (ADDRESS.test(path) ? outsideFile(place, path) : fileIn(folder, pathWithin(path))),
  };
}
