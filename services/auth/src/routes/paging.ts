import { z } from 'zod';

const MOST_PER_PAGE = 100;

/** `page` and `per_page`, as parameters of every list. */
export const pageParameters = {
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  per_page: z.coerce.number().int().min(1).max(MOST_PER_PAGE).default(20),
};

export interface Page {
  readonly page: number;
  readonly per_page: number;
}

/** Entries of one page, and how many there are on all of them. */
export interface Paged<T> {
  readonly entries: readonly T[];
  readonly total: number;
}

export function rowsOf({ page, per_page }: Page): { skip: number; take: number } {
  return { skip: (page - 1) * per_page, take: per_page };
}

export function pageSchema<T extends z.ZodType>(items: T) {
  return z.object({
    items: z.array(items),
    page: z.int(),
    per_page: z.int(),
    total: z.int(),
    total_pages: z.int(),
  });
}

export function pageAnswer<T>(items: readonly T[], total: number, { page, per_page }: Page) {
  return { items: [...items], page, per_page, total, total_pages: Math.ceil(total / per_page) };
}
