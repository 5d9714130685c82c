import { describe, expect, it } from 'vitest';
import { runCli } from '../../testing/cli.ts';

const summaries = [
  { sink: 'local', pending: 0, rejected: 0, bytes: 0, reasons: [] },
  { sink: 'influxdb', pending: 1400, rejected: 3, bytes: 9, reasons: [] },
];

function dropping() {
  const dropped: object[] = [];
  const app = {
    outboxList: async () => summaries,
    async outboxDrop(options: object) {
      dropped.push(options);
      return [{ sink: 'influxdb', dropped: 1400 }];
    },
  };
  return { app, dropped };
}

describe('kpi outbox drop', () => {
  it('asks, and drops when the answer is yes', async () => {
    const { app, dropped } = dropping();
    const { exitCode, stdout, questions } = await runCli(['outbox', 'drop'], { app, answer: 'yes' });
    expect(questions).toEqual(['This gives up 1,400 points of influxdb, for good. Type yes to go on: ']);
    expect([exitCode, stdout]).toEqual([0, 'influxdb: 1,400 points dropped\n']);
    expect(dropped).toHaveLength(1);
  });

  it.each(['', 'y', 'no'])('drops nothing when the answer is %j', async (answer) => {
    const { app, dropped } = dropping();
    const { exitCode, stderr } = await runCli(['outbox', 'drop'], { app, answer });
    expect([exitCode, stderr, dropped]).toEqual([0, 'Nothing was dropped.\n', []]);
  });

  it('wants --yes where nobody can be asked', async () => {
    const { app, dropped } = dropping();
    const { exitCode, stderr } = await runCli(['outbox', 'drop'], { app });
    expect(exitCode).toBe(64);
    expect(stderr).toBe('kpi: kpi outbox drop asks before it drops, and nobody is there to answer; add --yes\n');
    expect(dropped).toEqual([]);
  });

  it('does not ask with --yes, and drops only what is meant', async () => {
    const { app, dropped } = dropping();
    const argv = ['outbox', 'drop', '--yes', '--sink', 'influxdb', '--run', 'r1', '--rejected', '--json'];
    const { stdout, questions } = await runCli(argv, { app });
    expect(questions).toEqual([]);
    expect(dropped).toEqual([{ config: undefined, envFile: undefined, sink: 'influxdb', run: 'r1', rejected: true }]);
    expect(JSON.parse(stdout)).toEqual([{ sink: 'influxdb', dropped: 1400 }]);
  });

  it('counts in its question only what is meant', async () => {
    const { app } = dropping();
    const { questions } = await runCli(['outbox', 'drop', '--rejected', '--run', 'r1'], { app, answer: 'no' });
    expect(questions[0]).toBe('This gives up 3 points of influxdb, as far as run r1 left them, for good. Type yes to go on: ');
  });

  it('does not ask where there is nothing to drop', async () => {
    const app = { outboxList: async () => summaries, outboxDrop: async () => [{ sink: 'local', dropped: 0 }] };
    const { exitCode, stdout, questions } = await runCli(['outbox', 'drop', '--sink', 'local'], { app });
    expect([exitCode, stdout, questions]).toEqual([0, 'There was nothing to drop.\n', []]);
  });

  it('refuses a sink that nobody knows, and drops nothing', async () => {
    const { app, dropped } = dropping();
    const configShow = async () => ({ config: { sinks: { influxdb: {} } } });
    const { exitCode, stderr } = await runCli(['outbox', 'drop', '--sink', 'infl', '--yes'], { app: { ...app, configShow } });
    expect([exitCode, stderr, dropped]).toEqual([
      64,
      'kpi: --sink: neither the config nor the outbox has a sink "infl"; did you mean "influxdb"?\n',
      [],
    ]);
  });

  it('leaves alone what a run delivers right now, and says so', async () => {
    const app = { outboxList: async () => summaries, outboxDrop: async () => [{ sink: 'influxdb', dropped: 0, heldBy: 'r7' }] };
    const { exitCode, stdout } = await runCli(['outbox', 'drop', '--yes'], { app });
    expect([exitCode, stdout]).toEqual([
      75,
      'influxdb: nothing dropped, since run r7 delivers what is there; try again when it has ended\n',
    ]);
  });
});
