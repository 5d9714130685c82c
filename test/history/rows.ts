import type { Entry } from '../../src/sdk/point.ts';

/** What is stored of a shop and a period. */
export interface Row {
  readonly account: number;
  readonly period: string;
  readonly n: number;
  readonly late?: number;
  readonly provisional: boolean;
}

/** The rows of the shop, by account and period. */
export function rowsOf(stored: ReadonlyMap<string, Entry>): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const { point, provisional } of stored.values()) {
    if (point.measurement !== 'shop_sales') continue;
    const [account, period] = [Number(point.tags.shop), point.time.toISOString().slice(0, 10)];
    rows.set(`${account} ${period}`, { account, period, ...(point.fields as { readonly n: number }), provisional });
  }
  return rows;
}
