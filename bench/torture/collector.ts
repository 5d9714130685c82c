// A run of the engine over made-up points, in a process of its own. `collect|send CONFIG AT COUNT`: prints what is delivered while it is, a
// number a line, and in the end the report of the sink as JSON.
import { dirname } from 'node:path';
import { collect } from '../../src/engine/collect.ts';
import { loadConfig } from '../../src/engine/config/load.ts';
import { processOutside } from '../../src/engine/outside.ts';
import { ownMeasurements } from '../../src/engine/own-points.ts';
import { createRedactor } from '../../src/engine/redact.ts';
import { sendUndelivered } from '../../src/engine/undelivered.ts';
import { sinks } from '../../src/sinks/index.ts';
import { generator } from './world.ts';

const [mode = '', file = '', at = '', count] = process.argv.slice(2);
const outside = processOutside();
const parts = { outside, redactor: createRedactor(), userAgent: 'kpi/torture' };
const config = await loadConfig({
  cwd: dirname(file),
  env: outside.env,
  file,
  providers: { generator: async () => generator(Number(count), new Date(at)) },
  sinks,
  own: ownMeasurements,
  onSecret: parts.redactor.add,
  select: {},
});
if (mode === 'collect') {
  const report = await collect(
    config,
    { at, timeout: '10m' },
    {
      ...parts,
      listen: (event) => {
        if (event.type === 'delivering') console.log(event.delivered);
      },
    },
  );
  console.log(JSON.stringify({ exitCode: report.exitCode, sink: report.sinks[0] }));
} else {
  const { exitCode, sinks } = await sendUndelivered(config, {}, parts);
  console.log(JSON.stringify({ exitCode, sink: sinks[0] }));
}
