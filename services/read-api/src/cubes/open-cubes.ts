import { mkdir, rm } from 'node:fs/promises';
import { createTokenVerifier, SERVICE_ALIASES } from '@flyloft/common';
import { createRegistry } from '@flyloft/registry';
import type { AuthConnection, HealthCheck, StopPhase } from '@flyloft/service-kit';
import { createDuckDbEngine } from '@flyloft/warehouse';
import type { CubeDependencies } from '../routes/cubes/cube-dependencies.ts';
import { createAnswerCache } from './answer-cache.ts';
import type { OpenCubeFiles } from './open-cube-files.ts';
import { createQueryEngine } from './query-engine.ts';

export interface CubeConfiguration {
  readonly connectionString: string;
  readonly files: OpenCubeFiles;
  readonly memoryMegabytes: number;
  readonly threads: number;
  /** Where queries set aside what memory cannot hold, up to so many bytes; emptied at the start. */
  readonly spill: { readonly folder: string; readonly maxBytes: number } | undefined;
  readonly queryTimeoutSeconds: number;
  /** Of the answers that are kept. */
  readonly answersMaxBytes: number;
  readonly verification: AuthConnection['verification'];
}

export interface OpenCubes {
  readonly dependencies: CubeDependencies;
  readonly healthChecks: readonly HealthCheck[];
  readonly stopPhases: readonly StopPhase[];
}

/** Node runs queries and reads files on four threads of its own: two of them are left for files. */
const MOST_AT_ONCE = 2;

/** Made with those above it: the engine itself makes the last one alone, and only once a query needs it. */
async function emptyFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

/** Opens what cube queries need: the registry, the files and an engine that can read nothing else. */
export async function openCubes(config: CubeConfiguration): Promise<OpenCubes> {
  const registry = createRegistry({ connectionString: config.connectionString });
  if (config.spill !== undefined) await emptyFolder(config.spill.folder);
  const engine = await createDuckDbEngine({
    folders: [config.files.folder],
    ...(config.spill && { temporaryFolder: config.spill.folder, temporaryMaxBytes: config.spill.maxBytes }),
    memoryMegabytes: config.memoryMegabytes,
    threads: config.threads,
  });
  return {
    dependencies: {
      registry,
      engine: createQueryEngine(engine, {
        timeoutSeconds: config.queryTimeoutSeconds,
        atOnce: MOST_AT_ONCE,
      }),
      files: config.files.files,
      answers: createAnswerCache(config.answersMaxBytes),
      verifier: createTokenVerifier({
        ...config.verification,
        audiences: [SERVICE_ALIASES.datastore, SERVICE_ALIASES.dataSets],
      }),
    },
    healthChecks: [{ name: 'registry', check: registry.check }, ...config.files.healthChecks],
    stopPhases: [
      { name: 'cubes', capSeconds: 5, run: registry.close },
      { name: 'engine', capSeconds: 5, run: async () => engine.close() },
      { name: 'files', capSeconds: 1, run: async () => config.files.close() },
    ],
  };
}
