import { existsSync, statSync } from 'node:fs';
import type { SinkContext } from '../../sdk/context.ts';
import type { Measurement } from '../../sdk/measurement.ts';
import { defineSink, type OpenSink, type StoreStatus } from '../../sdk/sink.ts';
import { openAppended } from './appended.ts';
import { check } from './check.ts';
import { folderBytes, openFolder } from './folder.ts';
import { createLineProtocol } from './line-protocol.ts';
import { createNdjson } from './ndjson.ts';
import type { Output } from './output.ts';
import { existingPlace, frameOf, kindOf } from './place.ts';
import { type Settings, settings } from './schema.ts';
import { openDevice, openNamedPipe, openStdout } from './stream.ts';
import type { Frame } from './tail.ts';

export const file = defineSink<Settings>({
  name: 'file',
  help: 'Files of NDJSON, CSV or line protocol, also compressed; `-` is standard output.',
  settings,
  example: { path: 'points.ndjson', format: 'ndjson', gzip: false },
  setup: { questions: [{ setting: 'path', ask: 'The file of points', default: 'points.ndjson', makesFile: true }], secrets: [] },
  autoInit: true,
  accepts: ({ path, format }) => ({
    timestamps: 'any',
    // Lines of InfluxDB do not say when they were collected: what reads them keeps the last, field by field.
    rerun: format === 'line-protocol' ? 'overwrites' : 'appends',
    kinds: ['gauge', 'counter', 'ratio', 'flag', 'moment', 'text', 'name', 'summary', 'histogram'],
    batch: { entries: 5000 },
    ...(path === '-' && { stdout: true }),
  }),
  promises: {
    stored: 'once its lines are synced to disk; of a pipe or standard output, once they are written',
    key: 'none: lines are only added',
    not: [
      'that each point stands there once: a batch whose end was not seen is written again, and readers keep the last by `collectedAt`',
      'what a reader of a pipe or of standard output does with the lines',
    ],
    variants: { 'line protocol': { format: 'line-protocol' } },
  },
  files: ({ path }) => (path === '-' ? [] : [{ setting: 'path', path, beside: ['.lock'] }]),
  open,
  status,
  check,
});

async function open(settings: Settings, context: SinkContext): Promise<OpenSink> {
  const { path: name, format, gzip } = settings;
  if (format === 'csv') return await openFolder({ name, path: existingPlace(name, context), gzip }, context);
  const textOf =
    format === 'line-protocol' ? createLineProtocol((one) => context.measurement(one), { stdout: name === '-' }) : createNdjson();
  const frame = frameOf(settings, context);
  const output = await outputOf(name, frame, context);
  let closed = false;
  return {
    async write(batch) {
      if (closed) throw new TypeError(`${name} is closed`);
      if (batch.length > 0) await output.append(await frame.encode(textOf(batch)));
      return [];
    },
    async close() {
      if (closed) return;
      closed = true;
      await output.close();
    },
  };
}

async function outputOf(name: string, frame: Frame, context: SinkContext): Promise<Output> {
  if (name === '-') return openStdout();
  const path = existingPlace(name, context);
  const kind = kindOf(path);
  if (kind === 'pipe') return await openNamedPipe(name, path);
  if (kind === 'device') return await openDevice(name, path);
  return await openAppended({ name, path, frame });
}

/** A file is not read to count its lines. */
async function status(settings: Settings, measurements: readonly Measurement[], context: SinkContext): Promise<StoreStatus> {
  const path = context.resolve(settings.path);
  const names = measurements.map((one) => one.name);
  const bytes = settings.format === 'csv' ? folderBytes(path, names, settings.gzip) : fileBytes(settings.path, path);
  return { measurements: names.map((name) => ({ name, problems: [] })), ...(bytes !== undefined && { bytes }), problems: [] };
}

function fileBytes(name: string, path: string): number | undefined {
  return name !== '-' && existsSync(path) ? statSync(path).size : undefined;
}
