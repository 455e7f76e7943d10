export type { QueueBackend } from './backend.ts';
export { createJobQueue, type JobQueue, type JobQueueOptions } from './job-queue.ts';
export { createJobWorker, type JobContext, type JobWorker, type JobWorkerOptions } from './job-worker.ts';
export { migrateQueue } from './migrate-queue.ts';
export { QueueUnavailableError } from './time-limit.ts';
