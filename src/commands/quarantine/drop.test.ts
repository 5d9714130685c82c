import { describe, expect, it } from 'vitest';
import { runCli } from '../../testing/cli.ts';

const value = {
  id: '1f0c7a44b2',
  provider: 'nuget',
  measurement: 'nuget_package',
  tags: { package: 'Akka' },
  field: 'total_downloads',
  time: '2026-11-21T20:00:00.000Z',
  value: 0,
  was: 61234567,
  reason: 'it is under 1',
  collectedAt: '2026-11-21T20:00:03.000Z',
};

function dropping(heldBy?: string) {
  const dropped: object[] = [];
  const app = {
    heldList: async () => [value],
    async heldDrop(options: object) {
      dropped.push(options);
      return [{ provider: 'nuget', values: heldBy === undefined ? 1 : 0, ...(heldBy !== undefined && { heldBy }) }];
    },
  };
  return { app, dropped };
}

describe('kpi quarantine drop', () => {
  it('asks, and drops when the answer is yes', async () => {
    const { app, dropped } = dropping();
    const { exitCode, stdout, questions } = await runCli(['quarantine', 'drop', '1f0c7a44b2'], { app, answer: 'yes' });
    expect(questions).toEqual(['This gives up 1 held value of nuget, for good. Type yes to go on: ']);
    expect([exitCode, stdout]).toEqual([0, 'nuget: 1 value dropped\n']);
    expect(dropped).toMatchObject([{ ids: ['1f0c7a44b2'] }]);
  });

  it('drops nothing when the answer is no, and wants --yes where nobody can be asked', async () => {
    const { app, dropped } = dropping();
    expect((await runCli(['quarantine', 'drop'], { app, answer: 'no' })).stderr).toBe('Nothing was dropped.\n');
    const alone = await runCli(['quarantine', 'drop'], { app });
    expect([alone.exitCode, alone.stderr]).toEqual([
      64,
      'kpi: kpi quarantine drop asks before it drops, and nobody is there to answer; add --yes\n',
    ]);
    expect(dropped).toEqual([]);
  });

  it('does not ask with --yes, and drops only what is meant', async () => {
    const { app, dropped } = dropping();
    const argv = ['quarantine', 'drop', 'a', 'b', '--provider', 'nuget', '--measurement', 'nuget_package', '--yes', '--json'];
    const { stdout, questions } = await runCli(argv, { app });
    expect(questions).toEqual([]);
    expect(dropped).toEqual([{ config: undefined, envFile: undefined, provider: 'nuget', measurement: 'nuget_package', ids: ['a', 'b'] }]);
    expect(JSON.parse(stdout)).toEqual([{ provider: 'nuget', values: 1 }]);
  });

  it('leaves alone what a run is at work on, and says so', async () => {
    const { app } = dropping('r7');
    const { exitCode, stdout } = await runCli(['quarantine', 'drop', '--yes'], { app });
    expect([exitCode, stdout]).toEqual([75, 'nuget: nothing dropped, since run r7 is at work on it; try again when it has ended\n']);
  });
});
