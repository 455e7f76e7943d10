export type { QueueBackend } from './backend.ts';
export { createJobQueue, type JobQueue } from './job-queue.ts';
export {
  createJobWorker,
  type JobContext,
  type JobWorker,
  type JobWorkerOptions,
  PostponedJob,
} from './job-worker.ts';
export { migrateQueue } from './migrate-queue.ts';
