import { expect, it } from '@jest/globals';
import { Big } from 'big.js';
import { renderJson } from '../answers/render-json.ts';
import { periodKeys } from '../periods/period.ts';
import { storedBytes } from './stored-bytes.ts';

it('counts what the JSON of a record with its server keys takes', () => {
  const timestamp = new Date('2014-01-06T10:16:13.018Z');
  const updatedAt = new Date('2026-11-22T00:00:00Z');
  const values = new Map<string, string | number | boolean | null | Big>([
    ['text', 'a "quoted" word'],
    ['nn', -1.5],
    ['exact', new Big('0.12345678901234567')],
    ['yes', true],
    ['nothing', null],
  ]);
  const id = 'a\\b';
  const own = Object.fromEntries(values);
  const whole = { _id: id, _timestamp: timestamp, _updated_at: updatedAt, ...periodKeys(timestamp), ...own };
  const counted = storedBytes({ id, timestamp, values }, updatedAt);
  expect(counted).toBe(Buffer.byteLength(renderJson(whole, { compact: true })));
  expect(storedBytes({ id: 'é', values: new Map() }, updatedAt)).toBe(
    Buffer.byteLength('{"_id":"é","_updated_at":"2026-11-22T00:00:00+00:00"}'),
  );
});
