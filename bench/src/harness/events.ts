/** The first moment of the events, a Monday. */
const EVENTS_BEGIN = Date.UTC(2022, 0, 3);

/** Two years of weeks, however many events there are. */
export const EVENT_WEEKS = 104;

export const EVENT_CHANNELS = 5;

const WEEK = 7 * 86_400_000;

export interface BenchEvent {
  readonly _id: string;
  readonly _timestamp: string;
  readonly channel: string;
  readonly service: string;
  readonly visits: number;
  readonly amount: number;
}

/** The event at a position of `total`, six keys each; in the order of time, as events come in. */
function eventAt(index: number, total: number): BenchEvent {
  const time = EVENTS_BEGIN + Math.floor((index / total) * EVENT_WEEKS * WEEK);
  return {
    _id: `event-${index}`,
    _timestamp: new Date(time).toISOString(),
    channel: `channel-${index % EVENT_CHANNELS}`,
    service: `service-${(index * 7) % 97}`,
    visits: (index * 31) % 1_000,
    amount: ((index * 17) % 10_000) / 100,
  };
}

/** Batches of a thousand events, as JSON. */
export function* eventBatches(total: number): Generator<string> {
  for (let first = 0; first < total; first += 1_000) {
    const size = Math.min(1_000, total - first);
    yield JSON.stringify(Array.from({ length: size }, (_, index) => eventAt(first + index, total)));
  }
}

/** The whole range, by week and channel, with one sum. */
export const WEEKLY_QUERY = new URLSearchParams({
  period: 'week',
  start_at: new Date(EVENTS_BEGIN).toISOString().replace('.000', ''),
  end_at: new Date(EVENTS_BEGIN + EVENT_WEEKS * WEEK).toISOString().replace('.000', ''),
  group_by: 'channel',
  collect: 'visits:sum',
}).toString();
