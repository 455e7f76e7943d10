import type { PrismaClient } from '../generated/prisma/client.ts';
import type { FoundCube, RegisteredPackage } from '../packages/published-package.ts';
import type { Registry } from '../registry.ts';
import { toPackage } from './rows.ts';

type Packages = Pick<Registry, 'findPackage' | 'findCube' | 'listCubes' | 'setPrivacy'>;

function cubeOf(registered: RegisteredPackage, cubeId: string): FoundCube[] {
  const cube = registered.cubes.find(({ id }) => id === cubeId);
  return registered.loaded && cube ? [{ cube, package: registered }] : [];
}

/** Reading packages; what a stranger may see is decided by the caller, who knows who asks. */
export function createPackages(database: PrismaClient): Packages {
  const findPackage: Registry['findPackage'] = async (id) => {
    const row = await database.package.findUnique({ where: { id } });
    return row === null ? undefined : toPackage(row);
  };
  return {
    findPackage,
    findCube: async (id) => {
      // `<owner>:<name>` or `<owner>:<name>:<resource>`
      const registered = await findPackage(id.split(':', 2).join(':'));
      return registered && cubeOf(registered, id)[0];
    },
    listCubes: async ({ owner } = {}) => {
      const visible = owner === undefined ? [{ private: false }] : [{ private: false }, { owner }];
      const rows = await database.package.findMany({
        where: { loaded: true, OR: visible },
        orderBy: { id: 'asc' },
      });
      return rows.map(toPackage).flatMap((registered) => cubeOf(registered, registered.id));
    },
    setPrivacy: async (id, privacy) => {
      await database.$executeRaw`
        UPDATE registry.packages
        SET private = CASE ${privacy}::text WHEN 'toggle' THEN NOT private ELSE ${privacy === 'private'} END,
            last_update = clock_timestamp()
        WHERE id = ${id}`;
      return findPackage(id);
    },
  };
}
