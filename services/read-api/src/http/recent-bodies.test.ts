import { expect, it } from '@jest/globals';
import { createRecentBodies } from './recent-bodies.ts';

const of = (length: number) => ({ body: Buffer.alloc(length) });

it('drops what was not used for longest once there are too many bytes, and never holds one large body', () => {
  const bodies = createRecentBodies<{ body: Buffer }>(800);
  for (let n = 0; n < 8; n += 1) bodies.keep(`b${n}`, of(100));
  bodies.find('b0');
  bodies.keep('b8', of(100));
  bodies.keep('large', of(101));
  const held = [...Array.from({ length: 9 }, (_, n) => `b${n}`), 'large'].filter((key) => bodies.find(key));
  expect(held).toEqual(['b0', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', 'b8']);
});

it('counts a body that is kept again once', () => {
  const bodies = createRecentBodies<{ body: Buffer }>(800);
  for (let time = 0; time < 20; time += 1) bodies.keep('same', of(100));
  for (let n = 0; n < 7; n += 1) bodies.keep(`b${n}`, of(100));
  expect(bodies.find('same')).toBeDefined();
});
