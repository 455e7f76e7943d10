import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Harness, openHarness } from './harness.ts';
import { makePerson, sender, type TestPerson } from './people.ts';

let harness: Harness;
let send: ReturnType<typeof sender>;
let moderator: TestPerson;
let people: TestPerson[];

beforeAll(async () => {
  harness = await openHarness();
  send = sender(harness);
  moderator = await makePerson(harness, 'moderator');
  people = await Promise.all([1, 2, 3, 4].map(() => makePerson(harness, 'user')));
});

afterAll(() => harness.close());

const person = (index: number): TestPerson => {
  const found = people[index];
  if (found === undefined) throw new Error('no such person');
  return found;
};
const report = (who: TestPerson, target: string, type = 'package', reason = 'Spam') =>
  send('post', '/reports', { type, target, reason }, who.token);
const handle = (id: string, body: object) => send('patch', `/reports/${id}`, body, moderator.token);

async function isHidden(kind: string, target: string): Promise<boolean> {
  const where = { kind_target: { kind, target } };
  return (await harness.database.hiddenTarget.findUnique({ where })) !== null;
}

describe('POST /reports', () => {
  it('keeps one open report for each reporter and target; again it is 409 until it is handled', async () => {
    const { body } = await report(person(0), 'ann:one').expect(201);
    expect(body).toMatchObject({ type: 'package', target: 'ann:one', dismissed: false, closed: false });
    await report(person(0), 'ann:one').expect(409);
    await report(person(1), 'ann:one').expect(201);
    await handle(body.id, { dismissed: true }).expect(200);
    await report(person(0), 'ann:one').expect(201);
  });

  it('of two at once, one is kept', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => report(person(0), 'ann:twice')));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it('takes reasons of 1 to 120 characters, and the four kinds of things', async () => {
    await report(person(0), 'ann:reason', 'package', '').expect(400);
    await report(person(0), 'ann:reason', 'package', 'x'.repeat(121)).expect(400);
    await report(person(0), 'ann:reason', 'package', 'é'.repeat(120)).expect(201);
    await report(person(0), 'x', 'planet').expect(400);
    await send('post', '/reports', {}, person(0).token).expect(400);
  });

  it('finds people by either of their ids, and says 404 for what there is not', async () => {
    const { body } = await report(person(0), person(1).userid, 'user').expect(201);
    expect(body.target).toBe(person(1).id);
    await report(person(0), person(1).id, 'user').expect(409);
    await report(person(0), 'f'.repeat(32), 'user').expect(404);
    await report(person(0), 'not a package').expect(404);
    await report(person(0), '7', 'comment').expect(404);
    await report(person(0), '../x', 'data-set').expect(404);
  });

  it('is for people whose address is verified: a new user is 403, a stranger 401', async () => {
    const fresh = await makePerson(harness, 'new user');
    await report(fresh, 'ann:fresh').expect(403);
    await request(harness.app).post('/reports').send({}).expect(401);
  });

  it('limits how much one person can report', async () => {
    const busy = await makePerson(harness, 'user');
    const statuses: number[] = [];
    for (let index = 0; index < 21; index += 1) statuses.push((await report(busy, `ann:${index}`)).status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(20);
    const last = await report(busy, 'ann:more').expect(429);
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
  });
});

describe('the queue', () => {
  it('is paged, filtered, and the moderators alone see it', async () => {
    const { body: made } = await report(person(2), 'shown_set', 'data-set', 'Wrong').expect(201);
    const { body } = await send('get', '/reports?type=data-set', undefined, moderator.token).expect(200);
    expect(body).toMatchObject({ page: 1, total: 1 });
    expect(body.items).toMatchObject([
      { id: made.id, reporter: person(2).id, open_reports: 1, hidden: false },
    ]);
    await send('get', `/admin/reports/${made.id}`, undefined, moderator.token).expect(200);
    await send('get', '/reports', undefined, person(0).token).expect(403);
    await send('get', '/reports?page=0').expect(400);
    await send('get', '/reports?state=odd').expect(400);
    await send('get', '/reports/7', undefined, moderator.token).expect(404);
  });

  it('ends a report once, and tells its reporter', async () => {
    const { body } = await report(person(3), 'ann:told').expect(201);
    await handle(body.id, {}).expect(400);
    await handle(body.id, { dismissed: true, closed: true }).expect(400);
    const closed = await handle(body.id, { closed: true }).expect(200);
    expect(closed.body).toMatchObject({ closed: true, dismissed: false, handled_by: moderator.id });
    await handle(body.id, { dismissed: true }).expect(409);
    const inbox = await send('get', '/notifications', undefined, person(3).token).expect(200);
    expect(inbox.body.items).toMatchObject([
      { type: 'report-handled', about: { type: 'package', id: 'ann:told' } },
    ]);
    const log = await send('get', `/admin/audit?target=${body.id}`).expect(200);
    expect(log.body.items.map(({ action }: { action: string }) => action)).toEqual([
      'report.closed',
      'report.created',
    ]);
  });
});

describe('what enough people report', () => {
  const threeReports = async (target: string, type = 'package') => {
    const ids: string[] = [];
    for (const index of [0, 1, 2]) ids.push((await report(person(index), target, type).expect(201)).body.id);
    return ids;
  };

  it('is hidden by the third of them, not before, and shown again when one is dismissed', async () => {
    await report(person(0), 'ann:quorum').expect(201);
    const { body } = await report(person(1), 'ann:quorum').expect(201);
    expect(await isHidden('package', 'ann:quorum')).toBe(false);
    await report(person(2), 'ann:quorum').expect(201);
    expect(await isHidden('package', 'ann:quorum')).toBe(true);
    await handle(body.id, { dismissed: true }).expect(200);
    expect(await isHidden('package', 'ann:quorum')).toBe(false);
    // whose report was dismissed does not count a second time
    await report(person(1), 'ann:quorum').expect(201);
    expect(await isHidden('package', 'ann:quorum')).toBe(false);
    await report(person(3), 'ann:quorum').expect(201);
    expect(await isHidden('package', 'ann:quorum')).toBe(true);
  });

  it('is hidden by three at the same moment', async () => {
    const answers = await Promise.all([0, 1, 2].map((index) => report(person(index), 'ann:rush')));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await isHidden('package', 'ann:rush')).toBe(true);
  });

  it('stays hidden when a report is closed, and is shown when a moderator says so', async () => {
    const [first = '', second = ''] = await threeReports('ann:kept');
    await handle(first, { closed: true }).expect(200);
    expect(await isHidden('package', 'ann:kept')).toBe(true);
    const { body } = await handle(second, { dismissed: true, hide: false, all_of_target: true }).expect(200);
    expect(body).toMatchObject({ hidden: false, open_reports: 0 });
    const log = await send('get', '/admin/audit?target=package:ann:kept').expect(200);
    const events = log.body.items.map(({ action, actor }: Record<string, unknown>) => [action, actor]);
    expect(events).toEqual([
      ['target.shown', moderator.id],
      ['target.hidden', null],
    ]);
  });

  it('of a person is the name and picture that others see', async () => {
    const target = await makePerson(harness, 'user');
    await send('patch', '/auth/me', { name: 'Rude' }, target.token).expect(200);
    const { username } = await harness.database.user.findUniqueOrThrow({ where: { id: target.id } });
    const shown = async () => (await send('get', `/auth/get_profile?username=${username}`)).body.profile.name;
    expect(await shown()).toBe('Rude');
    await threeReports(target.id, 'user');
    expect(await shown()).toBeNull();
  });
});
