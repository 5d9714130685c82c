import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SinkContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Measurement } from '../../sdk/measurement.ts';
import { defineSink, type OpenSink, type StoreStatus } from '../../sdk/sink.ts';
import { openAppended } from './appended.ts';
import { createLines } from './lines.ts';
import type { Output } from './output.ts';
import { type Settings, settings } from './schema.ts';
import { openDevice, openStdout } from './stream.ts';

export const file = defineSink<Settings>({
  name: 'file',
  help: 'A file of NDJSON, one point a line; `-` is standard output.',
  settings,
  example: { path: 'points.ndjson' },
  autoInit: true,
  accepts: ({ path }) => ({
    timestamps: 'any',
    rerun: 'appends',
    kinds: ['gauge', 'counter', 'ratio', 'flag', 'moment', 'text', 'name', 'summary', 'histogram'],
    batch: { entries: 5000 },
    ...(path === '-' && { stdout: true }),
  }),
  open,
  status,
});

async function open({ path: name }: Settings, context: SinkContext): Promise<OpenSink> {
  const output = await outputOf(name, context);
  const linesOf = createLines();
  let closed = false;
  return {
    async write(batch) {
      if (closed) throw new TypeError(`${name} is closed`);
      if (batch.length > 0) await output.append(linesOf(batch));
      return [];
    },
    async close() {
      if (closed) return;
      closed = true;
      await output.close();
    },
  };
}

async function outputOf(name: string, context: SinkContext): Promise<Output> {
  if (name === '-') return openStdout();
  const path = context.resolve(name);
  if (!existsSync(dirname(path))) {
    throw new PermanentError(`there is no directory for ${name}: make it, or set \`path\` to another file`, { kind: 'unavailable' });
  }
  const stats = existsSync(path) ? statSync(path) : undefined;
  if (stats && !stats.isFile() && !stats.isDirectory()) return await openDevice(name, path);
  return await openAppended({ name, path, log: context.log });
}

/** A file is not read to count its lines. */
async function status({ path: name }: Settings, measurements: readonly Measurement[], context: SinkContext): Promise<StoreStatus> {
  const path = context.resolve(name);
  const bytes = name !== '-' && existsSync(path) ? { bytes: statSync(path).size } : {};
  return { measurements: measurements.map((one) => ({ name: one.name, problems: [] })), ...bytes, problems: [] };
}
