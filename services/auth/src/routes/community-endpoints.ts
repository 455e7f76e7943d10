import type { Endpoint } from '@flyloft/service-kit';
import type { WordStore } from '../moderation/words.ts';
import { wordEndpoints } from './admin/manage-words.ts';
import { moderationEndpoint } from './auth/show-moderation.ts';
import { type NotificationDependencies, notificationEndpoints } from './notifications/own-notifications.ts';
import { moderationScreenEndpoints } from './pages/admin/moderation-screens.ts';
import { inboxEndpoints } from './pages/inbox.ts';
import {
  type PushSubscriptionDependencies,
  pushSubscriptionEndpoints,
} from './push-subscriptions/own-push-subscriptions.ts';
import { type CreateReportDependencies, createReportEndpoint } from './reports/create-report.ts';
import { handleReportsEndpoints } from './reports/handle-reports.ts';

export interface CommunityDependencies
  extends CreateReportDependencies,
    NotificationDependencies,
    PushSubscriptionDependencies {
  readonly words: WordStore;
}

/** Community safety and notices (auth.md A5). */
export function communityEndpoints(deps: CommunityDependencies): Endpoint[] {
  return [
    moderationEndpoint(deps.words, deps.reports),
    ...wordEndpoints(deps.sources, deps.words),
    createReportEndpoint(deps),
    ...handleReportsEndpoints(deps),
    ...inboxEndpoints(deps),
    ...notificationEndpoints(deps),
    ...pushSubscriptionEndpoints(deps),
    ...moderationScreenEndpoints(deps),
  ];
}
