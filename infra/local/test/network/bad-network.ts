import { type NetworkFault, type ServiceProcess, type TcpProxy, tellProgress } from '@flyloft/testing';
import { expect } from '@jest/globals';

/** Services on engines that are reached over a network which can be made bad. */
export interface Scene {
  readonly engines: Readonly<Record<string, TcpProxy>>;
  readonly services: Readonly<Record<string, ServiceProcess>>;
  /**
   * Does one whole thing that people do, again and again until it is acknowledged; `ask` is fetch.
   * @param key Told apart by it, with a lane's number and its own.
   */
  readonly work: (key: string, ask: Ask) => Promise<void>;
  /** Fails when anything that was acknowledged under these keys is lost. */
  readonly verify: (keys: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Asks until the answer is not 503; the answer is 2xx, else the test fails. */
export type Ask = (address: string, init?: RequestInit) => Promise<Response>;

/** How each kind is played; the two that hinder only hinder, the others take the engine away. */
export const FAULTS: readonly NetworkFault[] = [
  { kind: 'blackhole' },
  { kind: 'reset' },
  { kind: 'latency', milliseconds: 300 },
  { kind: 'trickle', bytesPerSecond: 1_024 },
];

const takesAway = ({ kind }: NetworkFault) => kind === 'blackhole' || kind === 'reset';

const LANES = 3;
/** An answer that takes longer is none. */
const HANG_MILLISECONDS = 60_000;
/** reliability.md E8. A machine that runs other tests beside is given more; the long form says the figure. */
const RECOVERY_SECONDS = process.env.SOAK === 'true' ? 10 : 30;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Lanes of work that go on through everything, and what they saw. */
function startWork({ work }: Scene, round: string) {
  const acknowledged: string[] = [];
  const wrong: string[] = [];
  let isGoing = true;
  let answers = 0;
  const ask: Ask = async (address, init) => {
    for (;;) {
      const asked = await fetch(address, { ...init, signal: AbortSignal.timeout(HANG_MILLISECONDS) });
      answers += 1;
      if (asked.status !== 503) {
        if (!asked.ok) throw new Error(`${address}: ${asked.status} ${await asked.text()}`);
        return asked;
      }
      if (asked.headers.get('retry-after') === null) wrong.push(`${address}: 503 without Retry-After`);
      await asked.arrayBuffer();
      await pause(100);
    }
  };
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (let number = 0; isGoing && wrong.length === 0; number += 1) {
      const key = `${round}-${lane}-${number}`;
      await work(key, ask).then(
        () => acknowledged.push(key),
        (error: unknown) => wrong.push(String(error)),
      );
    }
  });
  /** Waits until so many more are there. */
  const more = async (count: () => number, least: number) => {
    const before = count();
    while (count() < before + least && wrong.length === 0) await pause(10);
  };
  return {
    acknowledged,
    wrong,
    done: () => more(() => acknowledged.length, LANES),
    answered: () => more(() => answers, LANES),
    stop: async () => {
      isGoing = false;
      await Promise.all(lanes);
    },
  };
}

/** Waits for a state of readiness of all; meanwhile they live. */
async function readiness(services: Scene['services'], status: number): Promise<void> {
  for (const [name, service] of Object.entries(services)) {
    while ((await service.health('/readyz')) !== status) {
      expect([name, await service.health('/livez')]).toEqual([name, 200]);
      await pause(20);
    }
  }
}

/**
 * Makes the way to some engines bad while work goes on, and good again (reliability.md E8): whoever asks is answered,
 * by 2xx or 503; `/readyz` tells, `/livez` does not; then all is as before without a restart, and nothing that was
 * acknowledged is lost.
 * @param users Services that cannot do without these engines.
 */
export async function sufferAndRecover(
  scene: Scene,
  { engines, fault, users }: { engines: readonly string[]; fault: NetworkFault; users: readonly string[] },
): Promise<void> {
  const round = `${engines.join('-')}-${fault.kind}`;
  const proxies = engines.map((name) => scene.engines[name]);
  const hit = Object.fromEntries(Object.entries(scene.services).filter(([name]) => users.includes(name)));
  const going = startWork(scene, round);
  try {
    await going.done();
    for (const proxy of proxies) proxy?.suffer(fault);
    if (takesAway(fault)) await readiness(hit, 503);
    await going.answered();
    for (const service of Object.values(scene.services)) expect(await service.health('/livez')).toBe(200);
    for (const proxy of proxies) await proxy?.restore();
    const began = performance.now();
    await readiness(scene.services, 200);
    const seconds = (performance.now() - began) / 1_000;
    tellProgress(`${round}: ready again after ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(RECOVERY_SECONDS);
    await going.done();
  } finally {
    for (const proxy of proxies) await proxy?.restore();
    await going.stop();
  }
  const errors = Object.values(scene.services).flatMap((service) => service.errors().slice(-3));
  expect({ wrong: going.wrong, ...(going.wrong.length > 0 && { errors }) }).toEqual({ wrong: [] });
  await scene.verify(going.acknowledged);
}
