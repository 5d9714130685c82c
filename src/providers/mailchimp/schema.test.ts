import { describe, expect, it } from 'vitest';
import { automationAnswer, dayAnswer, listAnswer, monthAnswer, reportAnswer } from '../../testing/stand-ins/mailchimp/answers.ts';
import { Automation, Day, List, Month, pageOf, Report } from './schema.ts';

describe('the schemas', () => {
  it('take what Mailchimp documents, whole', () => {
    expect(List.safeParse(listAnswer({ id: 'aa' }, 0)).success).toBe(true);
    expect(Day.safeParse(dayAnswer('aa', '2026-11-20')).success).toBe(true);
    expect(Month.safeParse(monthAnswer('aa', '2026-11')).success).toBe(true);
    expect(Report.safeParse(reportAnswer({ id: 'c1' })).success).toBe(true);
    expect(Automation.safeParse(automationAnswer({ id: 'w1' })).success).toBe(true);
  });

  it('make ratios of percentages', () => {
    const of = (openRate: number) => List.safeParse(listAnswer({ id: 'aa', openRate }, 0)).data?.open_ratio;
    expect([0, 21.5, 100, 100.1, -1].map(of)).toEqual([0, 0.215, 1, undefined, undefined]);
  });

  it('refuse a percentage where a ratio is due, and take none', () => {
    const report = reportAnswer({ id: 'c1' });
    expect(Report.safeParse({ ...report, opens: { ...report.opens, open_rate: 21.5 } }).success).toBe(false);
    const without = { ...report, opens: { ...report.opens, open_rate: undefined } };
    expect(Report.parse(without).fields.open_ratio).toBeUndefined();
  });

  it.each(['2026-02-30', '20 November', '2026-11', ''])('know no day %o', (day) => {
    expect(Day.safeParse(dayAnswer('aa', day)).success).toBe(false);
  });

  it.each(['2026-13', '2026-11-01', '11/2026', ''])('know no month %o', (month) => {
    expect(Month.safeParse(monthAnswer('aa', month)).success).toBe(false);
  });

  it('take null and an absent number of what came later, but no other form', () => {
    const month = { month: '2015-09', subscribed: 5, unsubscribed: 1, cleaned: 0 };
    expect(Month.parse({ ...month, pending: null })).toEqual({
      time: new Date('2015-09-01T00:00:00Z'),
      fields: { subscribed: 5, unsubscribed: 1, cleaned: 0, pending: null },
    });
    expect(Month.safeParse({ ...month, pending: '1' }).success).toBe(false);
    expect(Month.safeParse({ ...month, subscribed: undefined }).success).toBe(false);
  });

  it('read a page by the name of its items', () => {
    expect(pageOf('lists').parse({ lists: [1, null], total_items: 2 })).toEqual({ items: [1, null], total: 2 });
    expect(pageOf('lists').parse({ lists: [] })).toEqual({ items: [], total: undefined });
    expect(pageOf('lists').safeParse({ reports: [], total_items: 0 }).success).toBe(false);
    expect(pageOf('lists').safeParse({ lists: [], total_items: -1 }).success).toBe(false);
  });
});
