import { z } from 'zod';

const MAX_PER_PAGE = 1_000;
// Beyond this no list has a page, and no database a number.
const MAX_PAGE = 1_000_000;

/** Query parameters of lists; others are 400. */
export const pagingSchema = z.strictObject({
  page: z.coerce.number().int().min(1).max(MAX_PAGE).default(1).describe('From 1'),
  per_page: z.coerce.number().int().min(1).max(MAX_PER_PAGE).default(50).describe('Up to 1,000'),
  jwt: z.string().optional(),
});

/** A list as it goes over the wire (packages.md A6). */
export const pagedSchema = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), page: z.int(), per_page: z.int(), total: z.int() });
