import { z } from 'zod';
import type { Notification } from '../../notices/notifications.ts';
import { pageSchema } from '../paging.ts';

const notificationSchema = z.object({
  id: z.uuid(),
  type: z
    .string()
    .describe('load-done, load-failed, package-published, comment, report-handled, role-changed'),
  text: z.string(),
  about: z.object({ type: z.string(), id: z.string() }).nullable(),
  created_at: z.iso.datetime(),
  read: z.boolean(),
});

export const inboxSchema = pageSchema(notificationSchema).extend({
  unread: z.int().describe('On all pages, whatever the filter'),
});

export function notificationAnswer({
  id,
  kind,
  text,
  about,
  createdAt,
  readAt,
}: Notification): z.output<typeof notificationSchema> {
  return { id, type: kind, text, about, created_at: createdAt.toISOString(), read: readAt !== null };
}
