import { NOTICES_QUEUE, noticeJobSchema } from '@flyloft/common';
import { createJobWorker, type JobWorker, type QueueBackend } from '@flyloft/job-queue';
import type { AppOptions } from '@flyloft/service-kit';
import { noticeSubject, noticeText } from './notice-text.ts';
import type { NotificationStore } from './notifications.ts';

export interface NoticeWorkerDependencies {
  readonly backend: QueueBackend;
  readonly notifications: Pick<NotificationStore, 'addFor'>;
  readonly logger: AppOptions['logger'];
}

const AT_ONCE = 5;

/** Turns the notices that other services put on the queue into notifications (auth.md A5). */
export function startNoticeWorker({ backend, notifications, logger }: NoticeWorkerDependencies): JobWorker {
  let failing = false;
  return createJobWorker({
    name: NOTICES_QUEUE,
    backend,
    concurrency: AT_ONCE,
    process: async (data) => {
      failing = false;
      const notice = noticeJobSchema.parse(data);
      const { notice_id: id, kind, userid } = notice;
      const notification = { id, kind, text: noticeText(notice), about: noticeSubject(notice) };
      // An owner who never signed in, or has deleted the account, has no inbox.
      await notifications.addFor(userid, notification);
    },
    onError: (err) => {
      // Once for each outage: the worker goes on looking by itself.
      if (!failing) logger.warn({ err }, 'the queue of notices does not answer');
      failing = true;
    },
    onFailed: (err, job) => logger.error({ err, job: job.id }, 'a notice was not delivered'),
  });
}
