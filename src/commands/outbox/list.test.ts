import { describe, expect, it } from 'vitest';
import { runCli } from '../../testing/cli.ts';

const summaries = [
  { sink: 'local', pending: 0, rejected: 0, bytes: 0, reasons: [] },
  {
    sink: 'influxdb',
    pending: 1400,
    rejected: 3,
    bytes: 1_572_864,
    since: '2026-11-21T20:00:00.000Z',
    cause: 'no answer to a write within 30 s',
    reasons: [{ reason: 'field type conflict\u001b[2J', entries: 3 }],
  },
];

describe('kpi outbox list', () => {
  it('tells what each sink has not got, and why', async () => {
    const { exitCode, stdout } = await runCli(['outbox', 'list'], { app: { outboxList: async () => summaries } });
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "SINK      PENDING  REJECTED     SIZE  SINCE
      influxdb    1,400         3  1.5 MiB  2026-11-21 20:00:00Z

      Pending because
        influxdb:  no answer to a write within 30 s

      Rejected because
        influxdb:  field type conflict\\x1b[2J (3 points)
      "
    `);
  });

  it('says so when it is empty', async () => {
    expect((await runCli(['outbox', 'list'], { app: { outboxList: async () => summaries.slice(0, 1) } })).stdout).toBe(
      'The outbox is empty.\n',
    );
  });

  const known = {
    outboxList: async ({ sink }: { sink?: string | undefined }) => summaries.filter((one) => sink === undefined || one.sink === sink),
    configShow: async () => ({ config: { sinks: { influxdb: {}, warehouse: {} } } }),
  };

  it.each([
    ['infl', '; did you mean "influxdb"?'],
    ['locl', '; did you mean "local"?'],
    ['zzzzzzzz', ''],
  ])('refuses the sink %s, which nobody knows', async (sink, hint) => {
    const { exitCode, stdout, stderr } = await runCli(['outbox', 'list', '--sink', sink], { app: known });
    expect([exitCode, stdout, stderr]).toEqual([64, '', `kpi: --sink: neither the config nor the outbox has a sink "${sink}"${hint}\n`]);
  });

  it('says so of a sink that has got everything', async () => {
    const { exitCode, stdout } = await runCli(['outbox', 'list', '--sink', 'warehouse'], { app: known });
    expect([exitCode, stdout]).toEqual([0, 'The outbox has nothing for warehouse.\n']);
  });

  it('prints JSON with --json', async () => {
    const { stdout } = await runCli(['outbox', 'list', '--sink', 'influxdb', '--json'], { app: { outboxList: async () => summaries } });
    expect(JSON.parse(stdout)).toEqual(summaries);
  });
});
