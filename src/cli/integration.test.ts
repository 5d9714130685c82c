import { describe, expect, it } from 'vitest';
import { describeProviders, describeSinks } from '../engine/describe.ts';
import { providers } from '../providers/index.ts';
import { noPaint } from '../report/paint.ts';
import { width } from '../report/text.ts';
import { sinks } from '../sinks/index.ts';
import { integrationText } from './integration.ts';

const look = { columns: 80, paint: noPaint };

describe('all that is known of an integration', () => {
  it('fits 80 columns, whichever it is', async () => {
    const texts = [
      ...(await describeProviders(providers)).map((info) => integrationText('providers', info, look)),
      ...(await describeSinks(sinks)).map((info) => integrationText('sinks', info, look)),
    ];
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.flatMap((text) => text.split('\n')).filter((line) => width(line) > 80)).toEqual([]);
  });

  it('wraps a long type beside its help, and tells no name twice', async () => {
    const [info] = await describeProviders(providers, 'website');
    const lines = (info ? integrationText('providers', info, look) : '').split('\n');
    const method = lines.findIndex((line) => line.startsWith('  sites[].method '));
    expect(lines[method]).toMatch(/^ {2}sites\[\]\.method +"GET" \| "HEAD" \| +how it is asked\.$/);
    expect(lines[method + 1]).toMatch(/^ +"POST" \| "PUT" \| +Default: "GET"$/);
    expect(lines.filter((line) => /sites\[\]\.headers\.accept /i.test(line))).toHaveLength(1);
  });
});
