import { describe, expect, it } from 'vitest';
import type { App } from '../app.ts';
import type { Outside } from '../engine/outside.ts';
import { createHost } from './host.ts';

const secret = 'hunter2"hunter2';

function hosted(columns = 80) {
  const written = { stdout: '', stderr: '' };
  const out = (name: 'stdout' | 'stderr') => ({
    isTerminal: false,
    columns,
    write(text: string) {
      written[name] += text;
    },
  });
  const given: Outside[] = [];
  const host = createHost({ env: {}, stdout: out('stdout'), stderr: out('stderr') } as unknown as Outside, {
    createApp(outside) {
      given.push(outside);
      return { redact: (text) => text.replaceAll(secret, '***') } as App;
    },
    ask: async () => undefined,
    prompts: async () => undefined,
  });
  return { host, written, given };
}

describe('createHost', () => {
  it('makes the app once, when it is asked for', async () => {
    const { host, given } = hosted();
    expect(given).toEqual([]);
    expect(await host.app()).toBe(await host.app());
    expect(given).toHaveLength(1);
  });

  it('redacts every write once there is an app, which alone knows secrets', async () => {
    const { host, written } = hosted();
    await host.app();
    for (const stream of [host.out, host.err, host.screen]) stream.write(`a ${secret} b\n`);
    expect(written).toEqual({ stdout: 'a *** b\n', stderr: 'a *** b\na *** b\n' });
  });

  it('cleans strings, keys and numbers in data, and leaves the rest as it is', async () => {
    const { host } = hosted();
    await host.app();
    const time = new Date(0);
    expect(host.clean({ [secret]: [secret, 1, true, null, undefined, time] })).toEqual({ '***': ['***', 1, true, null, undefined, time] });
  });

  it('lets a drawing step aside for what others write to standard error, the app too', async () => {
    const { host, written, given } = hosted();
    await host.app();
    host.screen.above((write) => {
      host.screen.write('[');
      write();
      host.screen.write(']');
    });
    host.err.write('a');
    given[0]?.stderr.write('b');
    host.screen.above(undefined);
    host.err.write('c');
    expect(written.stderr).toBe('[a][b]c');
  });

  it.each([
    [0, 80],
    [20, 40],
    [132, 132],
  ])('takes %i columns for %i', (columns, taken) => {
    expect(hosted(columns).host.out.columns).toBe(taken);
  });
});
