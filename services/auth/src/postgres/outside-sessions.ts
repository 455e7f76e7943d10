import type { Queries } from './database.ts';

/** In the transaction that shuts a person out of all sessions: Hydra and Kratos are to end theirs too (O6). */
export async function endOutsideSessions(queries: Queries, userId: string): Promise<void> {
  await queries.$executeRaw`SELECT auth.end_hydra_sessions(${userId}::uuid)`;
  await queries.$executeRaw`SELECT auth.end_kratos_sessions(${userId}::uuid)`;
}
