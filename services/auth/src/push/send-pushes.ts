import { FetchError, type SafeFetcher } from '@flyloft/safe-fetch';
import type { AppOptions } from '@flyloft/service-kit';
import webPush from 'web-push';
import type { PushDelivery, PushStore } from './push-subscriptions.ts';
import type { VapidKeys } from './vapid-keys.ts';

export interface PushSender {
  readonly store: PushStore;
  /** The one client for addresses that people give: a push service on our own network is none. */
  readonly fetcher: Pick<SafeFetcher, 'send'>;
  readonly vapid: VapidKeys;
  readonly logger: AppOptions['logger'];
}

const LIFE_SECONDS = 12 * 3_600;
/** After the tenth failure, some three hours, a push is given up; the inbox has the notification. */
const MOST_ATTEMPTS = 10;
const MAX_ANSWER_BYTES = 10_000;
/** What push services say of a subscription that is no more (RFC 8030, section 7.3). */
const GONE = new Set([404, 410]);

/** Encrypts the payload for one browser (RFC 8291) and signs the request for its push service (RFC 8292). */
function requestFor(
  { subscription, notification }: PushDelivery,
  { publicKey, privateKey, subject }: VapidKeys,
) {
  const { endpoint, p256dh, auth } = subscription;
  const { id, kind, text } = notification;
  const payload = JSON.stringify({ title: 'Flyloft', body: text, type: kind, notification_id: id });
  return webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, {
    vapidDetails: { subject, publicKey, privateKey },
    TTL: LIFE_SECONDS,
    contentEncoding: 'aes128gcm',
  });
}

async function deliver(delivery: PushDelivery, sender: PushSender): Promise<'sent' | 'gone' | 'failed'> {
  const { endpoint, headers, body } = requestFor(delivery, sender.vapid);
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const { status } = await sender.fetcher.send(endpoint, {
    headers: Object.fromEntries(texts),
    body: body ?? Buffer.alloc(0),
    maxBytes: MAX_ANSWER_BYTES,
  });
  if (GONE.has(status)) return 'gone';
  return status >= 200 && status < 300 ? 'sent' : 'failed';
}

async function settle(delivery: PushDelivery, sender: PushSender): Promise<void> {
  const { store, logger } = sender;
  const { id, attempts, subscriptionId } = delivery;
  try {
    const outcome = await deliver(delivery, sender);
    // The deliveries of a subscription go with it.
    if (outcome === 'gone') return await store.prune(subscriptionId);
    if (outcome === 'sent') return await store.settle(id);
    logger.warn({ attempts }, 'a push service refused a push');
  } catch (err) {
    logger.warn({ attempts, err }, 'a push could not be sent');
    // What may not be fetched today may not be tomorrow.
    if (err instanceof FetchError && err.code === 'address_refused') return store.settle(id);
  }
  if (attempts >= MOST_ATTEMPTS) await store.settle(id);
}

/** Sends the pushes that are due, each for itself: one that fails holds up no other. Answers how many they were. */
export async function sendPushes(sender: PushSender): Promise<number> {
  const due = await sender.store.takeDue();
  await Promise.all(due.map((delivery) => settle(delivery, sender)));
  return due.length;
}
