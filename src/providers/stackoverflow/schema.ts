import { z } from 'zod';

/** Beside the answer itself: what it costs. A number that is none is not taken, and the answer is as good without it. */
const Cost = z.object({
  backoff: z.number().min(0).optional().catch(undefined),
  quota_max: z.int().min(0).optional().catch(undefined),
  quota_remaining: z.int().min(0).optional().catch(undefined),
});
export type Cost = z.output<typeof Cost>;

/** Items on one page. https://api.stackexchange.com/docs/paging */
const mostItems = 100;

/** How many there are. https://api.stackexchange.com/docs/wrapper */
export const Total = Cost.extend({ total: z.int().min(0) });

/** The items are read one by one, so that a bad one costs only itself. */
export const Items = Cost.extend({
  items: z.array(z.unknown()).max(mostItems, `more than ${mostItems} items on one page`),
  has_more: z.boolean().optional(),
});

/** One tag. https://api.stackexchange.com/docs/types/tag */
export const Tag = z.object({ name: z.string().min(1), count: z.int().min(0) });
export type Tag = z.output<typeof Tag>;

/** One filter. https://api.stackexchange.com/docs/types/filter */
export const Filter = z.object({ included_fields: z.array(z.string()) });

/** How the API refuses. https://api.stackexchange.com/docs/error-handling */
export const Refusal = z.object({ error_id: z.int(), error_name: z.string().optional(), error_message: z.string().optional() });
export type Refusal = z.output<typeof Refusal>;
