// A small service that tests start as a process of its own; it uses the compiled package.
import { createLogger, createMetrics, createServiceApp, runService, start } from '../dist/index.js';

await start('fixture', async () => {
  const logger = createLogger('fixture', 'info');
  const metrics = createMetrics('fixture');
  const stopping = { value: false };
  const app = createServiceApp({
    service: { name: 'fixture', version: '1', description: 'A fixture' },
    logger,
    metrics,
    healthChecks: [],
    isStopping: () => stopping.value,
    endpoints: [
      {
        method: 'get',
        path: '/slow',
        tag: 'fixture',
        summary: 'Answers when it has been asked to stop',
        answers: { 200: { description: 'Late' } },
        handlers: [
          (_req, res) => {
            process.stdout.write('"request arrived"\n');
            const timer = setInterval(() => {
              if (!stopping.value) return;
              clearInterval(timer);
              res.json({ late: true });
            }, 10);
          },
        ],
      },
    ],
  });
  await runService({
    name: 'fixture',
    host: '127.0.0.1',
    port: Number(process.env.PORT),
    adminPort: 0,
    app,
    logger,
    metrics,
    healthChecks: [],
    stopping,
    stopTimeoutSeconds: 10,
    // QUICK: nothing to wait for between the first and the last line of the log.
    stopPhases: process.env.QUICK
      ? []
      : [
          { name: 'first', capSeconds: 5, run: async () => logger.info('first phase') },
          { name: 'hangs', capSeconds: 0.1, run: () => new Promise(() => {}) },
          { name: 'last', capSeconds: 5, run: async () => logger.info('last phase') },
        ],
  });
});
