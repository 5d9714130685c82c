import { describe, expect, it } from 'vitest';
import { runCli } from '../../testing/cli.ts';
import { sinkReport } from '../../testing/report.ts';

const sinks = [sinkReport('local', { replayed: 2 })];

function accepting(exitCode = 0) {
  const asked: object[] = [];
  const value = { provider: 'nuget' };
  const app = {
    heldList: async () => [value, value] as never,
    async heldAccept(options: object) {
      asked.push(options);
      return { exitCode, accepted: [{ provider: 'nuget', values: 2 }], sinks, stdoutTaken: false };
    },
  };
  return { app, asked };
}

describe('kpi quarantine accept', () => {
  it('asks, and says what was accepted and how its delivery went', async () => {
    const { app } = accepting();
    const { exitCode, stdout, questions } = await runCli(['quarantine', 'accept'], { app, answer: 'yes' });
    expect(questions).toEqual(['This writes 2 held values of nuget to the sinks, and compares later ones with them. Type yes to go on: ']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "nuget: 2 values accepted

      SINK   STATUS  DELIVERED  REJECTED  BACKLOG
      local  ok              2         0        0
      "
    `);
  });

  it('accepts nothing when the answer is no, and wants --yes where nobody can be asked', async () => {
    const { app, asked } = accepting();
    expect((await runCli(['quarantine', 'accept'], { app, answer: '' })).stderr).toBe('Nothing was accepted.\n');
    expect((await runCli(['quarantine', 'accept'], { app })).exitCode).toBe(64);
    expect(asked).toEqual([]);
  });

  it('with --yes, exits as the delivery says', async () => {
    const { app, asked } = accepting(75);
    const { exitCode, stdout } = await runCli(['quarantine', 'accept', 'x', '--yes', '--json'], { app });
    expect(exitCode).toBe(75);
    expect(asked).toMatchObject([{ ids: ['x'], json: true }]);
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 75, accepted: [{ provider: 'nuget', values: 2 }], sinks: [{ name: 'local' }] });
  });
});
