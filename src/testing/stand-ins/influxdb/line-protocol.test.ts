import { describe, expect, it } from 'vitest';
import { type Dialect, parseLine, splitLines } from './line-protocol.ts';

const all: readonly Dialect[] = ['influxdb2', 'influxdb3', 'victoriametrics'];

describe.each(all)('line protocol as %s reads it', (dialect) => {
  it('has measurement, tags, fields and time', () => {
    const line = 'cpu,host=a\\ b\\,c\\=d,zone=ü load=0.5,up=true,cores=4,small=1e-7,text="x=\\"1\\", \\\\ y" 1700000000000';
    expect(parseLine(line, dialect)).toEqual({
      measurement: 'cpu',
      tags: { host: 'a b,c=d', zone: 'ü' },
      fields: { load: 0.5, up: true, cores: 4, small: 1e-7, text: 'x="1", \\ y' },
      time: 1_700_000_000_000,
    });
  });

  it.each(['cpu', 'cpu,host=a', 'cpu,host= load=1', 'cpu load=', 'cpu load=NaN', 'cpu load=1i', 'cpu load=1 soon', ',a=b load=1'])(
    'refuses %s',
    (line) => {
      expect(() => parseLine(line, dialect)).toThrow();
    },
  );

  it('is spoilt by a backslash at the end of a tag', () => {
    expect(() => parseLine('cpu,host=a\\ load=1 5', dialect)).toThrow();
    // Before another tag, it swallows that, or costs the line.
    if (dialect === 'influxdb2') expect(() => parseLine('cpu,host=a\\,zone=b load=1 5', dialect)).toThrow();
    else expect(parseLine('cpu,host=a\\,zone=b load=1 5', dialect).tags).toEqual({ host: 'a,zone=b' });
  });
});

describe('what the servers read differently', () => {
  it('is a doubled backslash', () => {
    expect(all.map((dialect) => parseLine('cpu,host=a\\\\b load=1', dialect).tags.host)).toEqual(['a\\\\b', 'a\\b', 'a\\b']);
  });

  it('is a doubled backslash at the end', () => {
    expect(() => parseLine('cpu,host=a\\\\ load=1', 'influxdb2')).toThrow();
    expect(() => parseLine('cpu,host=a\\\\ load=1', 'influxdb3')).toThrow(/backslash/);
    expect(parseLine('cpu,host=a\\\\ load=1', 'victoriametrics').tags.host).toBe('a\\');
  });

  it('is a line break in the quotes of a field', () => {
    const body = 'cpu,a="b load=1,text="one\ntwo" 5\ncpu load=2 6';
    expect(all.map((dialect) => splitLines(body, dialect).length)).toEqual([2, 2, 3]);
  });
});
