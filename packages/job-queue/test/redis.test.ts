import { randomUUID } from 'node:crypto';
import { describeWith, testRedisUrl } from '@flyloft/testing';
import { Redis } from 'ioredis';
import { queueSuite } from './queue-suite.ts';

const redisUrl = testRedisUrl();

describeWith(redisUrl)('job queue on Redis', () => {
  queueSuite(async () => {
    const url = redisUrl ?? '';
    const prefix = `test-${randomUUID()}`;
    return {
      url,
      backendAt: (address) => ({ kind: 'redis', url: address, prefix }),
      dispose: async () => {
        const client = new Redis(url);
        const keys = await client.keys(`${prefix}:*`);
        if (keys.length > 0) await client.del(keys);
        await client.quit();
      },
    };
  });
});
