import { runLoad } from '../src/loads/run-load.ts';
import { OWNER, openWorkPlace } from './work-place.ts';

/** A work place, and loads that are made and run in one step. */
export async function openLoadPlace() {
  const place = await openWorkPlace();

  const load = async (datapackage: string, options: { force?: boolean } = {}) => {
    const { id, attempt } = await place.createLoad(datapackage, options.force);
    await runLoad(place.runner, { version: 1, load_id: id, after_attempt: attempt });
    return place.findLoad(id);
  };
  /** The rows that readers of a package are served: region and amount. */
  const amounts = async (name: string) => {
    const found = await place.registry.findCube(`${OWNER}:${name}`);
    if (found === undefined) return undefined;
    const file = place.store.localPath(found.cube.file);
    return place.engine.withSession((session) =>
      session.rows(`SELECT region, CAST(amount AS VARCHAR) FROM read_parquet('${file}')`),
    );
  };
  let number = 0;
  return { place, load, amounts, unique: () => `package-${++number}` };
}
