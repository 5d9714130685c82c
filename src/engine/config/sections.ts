import { z } from 'zod';
import { percentPattern } from '../../sdk/measurement.ts';
import { durationMs } from '../../sdk/time.ts';
import { parsePeriod } from '../period.ts';
import { parseBytes } from './bytes.ts';

/** A string that `parse` makes something else of; `message` where it cannot. */
function parsed<T>(parse: (text: string) => T | undefined, message: string, example: string) {
  // The example of what is transformed stands on what is written.
  const written = z.string().meta({ examples: [example] });
  return written.transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

function upTo(most: number, ms: number | undefined): number | undefined {
  return ms !== undefined && ms <= most ? ms : undefined;
}

const dayMs = 86_400_000;
const period = () => parsed(parsePeriod, 'must be a period that divides 24 h or is whole days, such as 15m, 4h, 1d, 1w or 1mo', '4h');
const duration = () =>
  parsed((text) => upTo(3660 * dayMs, durationMs(text)), 'must be a duration up to 3660d, such as 90s, 10m, 4h or 3d', '3d');
/** A timer of Node's that is set for more than 24.8 days fires at once. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const timeout = () =>
  parsed((text) => upTo(dayMs, durationMs(text)) || undefined, 'must be a duration up to 24h, such as 90s, 10m or 4h', '10m');
const pattern = () => z.string().regex(/^[a-z*][a-z0-9_*]*$/, 'must be the name of a measurement, with * for any letters: github_*');

const limit = () =>
  z.union([z.number().min(0), z.string().regex(percentPattern, 'must be a number from 0 on, or a part of the last reading, such as 5%')]);
const guard = z.strictObject({
  maxDrop: limit()
    .optional()
    .describe('How far a reading may fall below the last one: a number, or a part of it such as 5%.')
    .meta({ examples: ['5%'] }),
  maxJump: limit()
    .optional()
    .describe('How far it may rise above it.')
    .meta({ examples: ['50%'] }),
  min: z
    .number()
    .optional()
    .describe('What it may not be under, once it was not.')
    .meta({ examples: [1] }),
  then: z
    .enum(['accept', 'flag', 'hold'])
    .optional()
    .describe('What becomes of a value that breaks it: nothing, a notice, or it is held back until two later ones agree with it (default).')
    .meta({ examples: ['flag'] }),
});

export const run = z.strictObject({
  every: period().optional().describe('The period of the schedule: snapshots are stamped with its start, so that a rerun overwrites them.'),
  concurrency: z.int().min(1).max(1000).default(64).describe('How many targets are at work at once, over all providers.'),
  timeout: timeout().prefault('10m').describe('How long a run may take; at most 24h.'),
  failOn: z
    .enum(['any', 'required', 'never'])
    .default('required')
    .describe('Whose failure the exit code tells: of all, of what is required, or of none.'),
  stateDir: z
    .string()
    .min(1)
    .default('.kpi')
    .describe("The folder of kpi's own memory and outbox. The variable KPI_STATE_DIR wins over it."),
  state: z
    .enum(['local', 'store'])
    .default('local')
    .describe('Where runs, leases and last readings are kept: in stateDir, or in the sink that `store` names, for several machines.'),
});

export const tags = z.record(z.string(), z.string().min(1));

export const outbox = z.strictObject({
  maxBytes: z
    .union([z.int().min(1), z.string()])
    .transform((written, context) => {
      const bytes = parseBytes(written);
      if (bytes !== undefined) return bytes;
      context.addIssue({ code: 'custom', message: 'must be a size, such as 1GiB or 500MB' });
      return z.NEVER;
    })
    .prefault('1GiB')
    .describe('How much may wait on disk for the sinks that do not take it.'),
});

/** What decides on the rest of an entry, and so is never a variable. */
const head = {
  enabled: z.boolean().default(true).describe('false: as if it were not there.'),
};
const common = {
  required: z.boolean().default(true).describe('false: its failure never worsens the exit code.'),
};

const freshness = z
  .strictObject({
    warn: duration().optional().describe('Older data is a warning: exit code 3.'),
    error: duration().optional().describe('Older data is an error: exit code 1.'),
  })
  .refine(({ warn, error }) => warn === undefined || error === undefined || warn <= error, 'must not warn later than it is an error');

export const providerHead = z.strictObject({
  type: z.string().optional().describe('Which provider it is. Default: the name of the entry.'),
  ...head,
});
export const providerCommon = z.strictObject({
  ...common,
  only: z
    .array(pattern())
    .min(1)
    .optional()
    .describe('The measurements that it collects, with * for any letters. Default: all.')
    .meta({ examples: [['github_*']] }),
  tags: tags
    .optional()
    .describe('Added to each of its points.')
    .meta({ examples: [{ team: 'growth' }] }),
  every: period().optional().describe('Its own period of the schedule.'),
  settle: duration().optional().describe('For how long after their period its numbers may still change.'),
  guards: z
    .record(z.string(), guard)
    .optional()
    .describe('How readings of its counters are guarded, by field or measurement.field, where not as usual.')
    .meta({ examples: [{ total_downloads: { maxDrop: '5%' } }] }),
  deltas: z
    .array(z.string())
    .optional()
    .describe('Counters, as field or measurement.field, from which <field>_delta is derived: the reading less the last one.')
    .meta({ examples: [['total_downloads']] }),
  freshness: freshness
    .optional()
    .describe('How old its last data may be, for `kpi status`. Default: a warning after two of its periods, an error after three.')
    .meta({ examples: [{ warn: '6h', error: '1d' }] }),
});

export const sinkHead = z.strictObject({
  type: z.string().optional().describe('Which sink it is. Default: the name of the entry.'),
  ...head,
});
export const sinkCommon = z.strictObject({
  ...common,
  only: z
    .array(pattern())
    .min(1)
    .optional()
    .describe('The measurements that it is given, with * for any letters. Default: all.')
    .meta({ examples: [['github_*']] }),
  autoInit: z
    .boolean()
    .optional()
    .describe('Whether tables and columns that are missing are made on the way.')
    .meta({ examples: [true] }),
});

/** The keys of the config itself. */
export const topKeys = ['$schema', 'run', 'tags', 'providers', 'store', 'sinks', 'outbox'] as const;

export const instanceName = /^[a-z][a-z0-9_-]{0,62}$/;
