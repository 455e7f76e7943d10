import type { NoticeJob } from '@flyloft/common';
import type { NotificationSubject } from './notifications.ts';

const MAX_DETAIL = 200;

function shortened(text: string | null): string {
  if (text === null || text === '') return '';
  return text.length <= MAX_DETAIL ? text : `${text.slice(0, MAX_DETAIL)}…`;
}

const nameOf = ({ package_id }: NoticeJob) => package_id?.slice(package_id.indexOf(':') + 1) ?? 'a package';

const SENTENCES: Readonly<Record<NoticeJob['kind'], (notice: NoticeJob) => string>> = {
  'load-done': (notice) => `The load of ${nameOf(notice)} is done.`,
  'load-failed': (notice) => `The load of ${nameOf(notice)} has failed: ${shortened(notice.detail)}`,
  'package-published': (notice) => `${nameOf(notice)} is public now.`,
  comment: (notice) => `A comment on ${nameOf(notice)}: ${shortened(notice.detail)}`,
};

/** A notice in words. */
export function noticeText(notice: NoticeJob): string {
  return SENTENCES[notice.kind](notice).trim();
}

/** What a notice leads to. */
export function noticeSubject({ kind, package_id, subject_id }: NoticeJob): NotificationSubject | null {
  if (kind === 'comment' && subject_id !== null) return { type: 'comment', id: subject_id };
  if (kind.startsWith('load-') && subject_id !== null) return { type: 'load', id: subject_id };
  return package_id === null ? null : { type: 'package', id: package_id };
}
