import type { PrismaClient } from '../generated/prisma/client.ts';
import type { FoundCube, RegisteredPackage } from '../packages/published-package.ts';
import type { Registry } from '../registry.ts';
import type { PackageReader } from './read-package.ts';
import { toPackage } from './rows.ts';

type Packages = Pick<
  Registry,
  'findPackage' | 'findCube' | 'listCubes' | 'packagesOf' | 'setPrivacy' | 'setDefaultParams'
>;

function cubeOf(registered: RegisteredPackage, cubeId: string): FoundCube[] {
  const cube = registered.cubes.find(({ id }) => id === cubeId);
  return registered.loaded && cube ? [{ cube, package: registered }] : [];
}

/** Packages; what a stranger may see or do is decided by the caller, who knows who asks. */
export function createPackages(database: PrismaClient, reader: PackageReader): Packages {
  const findPackage: Registry['findPackage'] = async (id) => {
    // PostgreSQL refuses the question where an id holds NUL, which is no package's.
    return id.includes('\0') ? undefined : reader.find(id);
  };
  return {
    findPackage,
    findCube: async (id) => {
      // `<owner>:<name>` or `<owner>:<name>:<resource>`
      const registered = await findPackage(id.split(':', 2).join(':'));
      return registered && cubeOf(registered, id)[0];
    },
    listCubes: async ({ owner } = {}) => {
      const forAll = { private: false, hidden: false };
      const visible = owner === undefined ? [forAll] : [forAll, { owner }];
      const rows = await database.package.findMany({
        where: { loaded: true, OR: visible },
        orderBy: { id: 'asc' },
      });
      return rows.map(toPackage).flatMap((registered) => cubeOf(registered, registered.id));
    },
    packagesOf: async (owner, { page, perPage }) => {
      const where = { owner };
      const [rows, total] = await Promise.all([
        database.package.findMany({
          where,
          orderBy: [{ lastUpdate: 'desc' }, { id: 'asc' }],
          skip: (page - 1) * perPage,
          take: perPage,
        }),
        database.package.count({ where }),
      ]);
      return { items: rows.map(toPackage), total };
    },
    setPrivacy: async (id, privacy) => {
      await database.$executeRaw`
        UPDATE registry.packages
        SET private = CASE ${privacy}::text WHEN 'toggle' THEN NOT private ELSE ${privacy === 'private'} END,
            last_update = clock_timestamp()
        WHERE id = ${id}`;
      return findPackage(id);
    },
    setDefaultParams: async (id, params) => {
      await database.$executeRaw`
        UPDATE registry.packages
        SET default_params = ${JSON.stringify(params)}::jsonb, last_update = clock_timestamp()
        WHERE id = ${id}`;
      return findPackage(id);
    },
  };
}
