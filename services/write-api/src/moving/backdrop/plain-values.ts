import type { BackdropDocument } from '@flyloft/data-sets';
import { Decimal128, Double, Int32, Long, ObjectId } from 'bson';
import { LosslessNumber } from 'lossless-json';

function plainValue(value: unknown): unknown {
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Double || value instanceof Int32) return value.value;
  // With all their digits; what is no number (NaN, Infinity) is for the record rules to refuse.
  if (value instanceof Long) return new LosslessNumber(value.toString());
  if (value instanceof Decimal128) {
    const text = value.toString();
    return /^[-+\d.eE]+$/.test(text) ? new LosslessNumber(text) : Number.NaN;
  }
  return value;
}

/** A document of MongoDB with the values that records know; others (lists, binaries, …) stay as they are. */
export function plainDocument(document: Readonly<Record<string, unknown>>): BackdropDocument {
  return Object.fromEntries(Object.entries(document).map(([key, value]) => [key, plainValue(value)]));
}
