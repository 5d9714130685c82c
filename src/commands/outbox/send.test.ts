import { expect, it } from 'vitest';
import { runCli } from '../../testing/cli.ts';
import { problem, sinkReport } from '../../testing/report.ts';

it('delivers what it is told to, and exits as the delivery did', async () => {
  const asked: unknown[] = [];
  const sinks = [
    sinkReport('influxdb', { status: 'pending', replayed: 1000, replayRejected: 2, backlog: 400, problems: [problem('no room left')] }),
  ];
  const app = {
    async outboxSend(options: object) {
      asked.push(options);
      return { exitCode: 75, sinks, stdoutTaken: false };
    },
  };
  const { exitCode, stdout } = await runCli(['outbox', 'send', '--sink', 'influxdb', '--run', 'r1', '--rejected'], { app });
  expect(exitCode).toBe(75);
  expect(asked).toEqual([{ config: undefined, envFile: undefined, sink: 'influxdb', run: 'r1', rejected: true }]);
  expect(stdout).toMatchInlineSnapshot(`
    "SINK      STATUS   DELIVERED  REJECTED  BACKLOG
    influxdb  pending      1,000         2      400

    influxdb:  no room left
    "
  `);
  expect(JSON.parse((await runCli(['outbox', 'send', '--json'], { app })).stdout)).toEqual({ exitCode: 75, sinks });
});

it('leaves standard output to a sink that writes its data there', async () => {
  const app = { outboxSend: async () => ({ exitCode: 0, sinks: [sinkReport('archive', { replayed: 3 })], stdoutTaken: true }) };
  const { stdout, stderr } = await runCli(['outbox', 'send'], { app });
  expect([stdout, stderr.includes('archive')]).toEqual(['', true]);
});

it('tells once what was refused for the same reason', async () => {
  const refused = problem('field type conflict', { kind: 'rejected' });
  const problems = [refused, refused, problem('no room left'), refused, refused];
  const app = { outboxSend: async () => ({ exitCode: 3, sinks: [sinkReport('influxdb', { problems })], stdoutTaken: false }) };
  const { stdout } = await runCli(['outbox', 'send', '--rejected'], { app });
  expect(stdout.split('\n').filter((line) => line.startsWith('influxdb:'))).toEqual([
    'influxdb:  field type conflict … and 3 more like it',
    'influxdb:  no room left',
  ]);
});
