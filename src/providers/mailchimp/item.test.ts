import { describe, expect, it } from 'vitest';
import type { ProviderContext } from '../../sdk/context.ts';
import { automationAnswer, listAnswer, reportAnswer } from '../../testing/stand-ins/mailchimp/answers.ts';
import { readItem } from './item.ts';
import { Automation, List, Report } from './schema.ts';

function read(schema: typeof Report | typeof Automation | typeof List, found: unknown) {
  const told: string[] = [];
  const context = { problem: (item: string, error: unknown) => told.push(`${item}: ${(error as Error).message}`) };
  const data = readItem(schema as typeof Report, found, { item: 'x1', what: 'campaign x1' }, context as unknown as ProviderContext);
  return { data, told };
}

const report = reportAnswer({ id: 'x1' });
const whole = Report.parse(report);

describe('an item', () => {
  it('that is right is told without a word', () => {
    expect(read(Report, report)).toEqual({ data: whole, told: [] });
  });

  it.each([
    [1.02, 'Too big: expected number to be <=1'],
    [-1, 'Too small: expected number to be >=0'],
    ['many', 'expected number, received string'],
  ])('whose rate is %o loses that field alone, and says so', (rate, why) => {
    const { data, told } = read(Report, { ...report, opens: { ...report.opens, open_rate: rate } });
    const { open_ratio: _, ...rest } = whole.fields;
    expect(data).toEqual({ ...whole, fields: rest });
    expect(told).toEqual([`x1: Mailchimp answered for campaign x1 what it does not document: opens.open_rate: ${why}; that is left out`]);
  });

  it('may have several rates that are none', () => {
    const found = { ...report, opens: { ...report.opens, open_rate: 2 }, clicks: { ...report.clicks, click_rate: -2 } };
    const { data, told } = read(Report, found);
    expect(data?.fields).toEqual({ ...whole.fields, open_ratio: undefined, click_ratio: undefined });
    expect(told).toEqual([expect.stringMatching(/opens\.open_rate: .*; clicks\.click_rate: .*; that is left out$/)]);
    expect(found.opens.open_rate).toBe(2);
  });

  it('may be a list or an automation', () => {
    const list = listAnswer({ id: 'x1', openRate: -1 }, 0);
    expect(read(List, list).data).toEqual({ ...List.parse(listAnswer({ id: 'x1' }, 0)), open_ratio: undefined });
    const automation = automationAnswer({ id: 'x1' });
    const odd = { ...automation, report_summary: { ...automation.report_summary, click_rate: 1.5 } };
    const { list: of, fields } = Automation.parse(automation);
    expect(read(Automation, odd).data).toEqual({ list: of, fields: { ...fields, click_ratio: undefined } });
  });

  it('with anything else wrong is none', () => {
    const { data, told } = read(Report, { ...report, emails_sent: -1, opens: { ...report.opens, open_rate: 2 } });
    expect(data).toBeUndefined();
    expect(told).toEqual([expect.stringMatching(/^x1: .*emails_sent: .*; opens\.open_rate: [^;]*$/)]);
  });
});
