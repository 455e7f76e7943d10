import { foldPhrase, phraseKey } from '@flyloft/common';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openLoadPlace } from './load-place.ts';
import { OWNER, smallPackage } from './work-place.ts';

const { place, load, amounts, unique } = await openLoadPlace();
afterAll(() => place.close());

const keysOf = (phrases: string[]) => phrases.map((phrase) => phraseKey(foldPhrase(phrase)));
const listed = (blocked: string[], allowed: string[] = []) =>
  place.registry.applyModeration({
    words: { blocked: keysOf(blocked), allowed: keysOf(allowed), longest: 2 },
    hidden: [],
  });
const loadWith = async (name: string, more: Record<string, unknown>, rows = '2014,north,1\n') =>
  load(await place.upload(name, smallPackage(name, rows, more)));
const ofResource = (more: object) => ({ resources: [{ name: 'spending', path: 'data.csv', ...more }] });

// The conductor refuses uploads that hold such a phrase; these are words that were listed since, and packages
// from elsewhere, which the worker alone sees.
describe('a phrase that is not allowed', () => {
  beforeEach(() => listed(['villain', 'north pole'], ['villain river']));

  it.each([
    ['title', { title: 'The VÍLLAIN!' }, '"villain" at position 4 of /title'],
    ['description', { description: 'To the North-Pole' }, '"north pole" at position 7 of /description'],
    ['title of a resource', ofResource({ title: 'villain' }), 'position 0 of /resources/0/title'],
    ['description of a resource', ofResource({ description: 'x villain' }), 'of /resources/0/description'],
  ])('in the %s fails the load, which names phrase and place', async (_where, more, named) => {
    const name = unique();
    const failed = await loadWith(name, more);
    expect(failed).toMatchObject({ status: 'fail', code: 'words_not_allowed' });
    expect(failed.error).toContain(named);
    expect(await amounts(name)).toBeUndefined();
  });

  it('keeps the data and texts that were published before', async () => {
    const name = unique();
    await loadWith(name, { title: 'Spending' });
    await loadWith(name, { title: 'villain' }, '2014,north,2\n');
    expect(await amounts(name)).toEqual([['north', '1']]);
    const kept = await place.registry.findPackage(`${OWNER}:${name}`);
    expect(kept).toMatchObject({ loaded: true, descriptor: { title: 'Spending' } });
  });

  it('is let stand within an allowed one, as part of another word, in the data, and once it is off the list', async () => {
    const name = unique();
    const texts = { title: 'Villain River', description: 'villainous' };
    expect(await loadWith(name, texts, '2014,villain,1\n')).toMatchObject({ status: 'done' });
    await listed([]);
    expect(await loadWith(name, { title: 'villain' }, '2014,villain,2\n')).toMatchObject({ status: 'done' });
  });
});
