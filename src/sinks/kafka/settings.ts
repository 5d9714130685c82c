import { z } from 'zod';
import { durationMs, secret } from '../../sdk/index.ts';

export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export const mechanisms = ['none', 'plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** https://kafka.apache.org/documentation/#topicconfigs; room is left for `.rejected`. */
const topic = z
  .string()
  .regex(/^[a-zA-Z0-9._-]{1,240}$/, 'must be letters, digits, ".", "_" and "-", at most 240')
  .refine((name) => name !== '.' && name !== '..', 'must not be "." or ".."');
const word = z.string().regex(/^\S{1,200}$/, 'must be a word without blanks');

export const Settings = z
  .strictObject({
    brokers: z
      .array(z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+)(:\d{1,5})?$/, 'must be HOST:PORT'))
      .min(1)
      .describe('Where brokers are, as HOST:PORT; the port is 9092 where it is left out. One that answers is enough, it names the others.'),
    topic: topic.default('kpi').describe('The topic that points are written to.'),
    clientId: word.default('kpi').describe("The name under which kpi is seen in the brokers' logs and quotas."),
    compression: z.enum(compressions).default('none').describe('How messages are compressed.'),
    tls: z.boolean().default(false).describe('Whether the connections are encrypted.'),
    ca: z
      .string()
      .min(1)
      .optional()
      .describe('A file with the certificates of the authorities that the brokers’ are signed by, as PEM, beside those that Node trusts.'),
    sasl: z.enum(mechanisms).default('none').describe('How kpi says who it is.'),
    username: z.string().min(1).optional().describe('With `sasl`.'),
    password: secret().optional().describe('With `sasl`.'),
    timeout: z
      .string()
      .refine((text) => isBetween(durationMs(text), 1000, 600_000), 'must be a duration such as 10s, from 1s to 10m')
      .default('10s')
      .describe('Of one request, and of a write as a whole.'),
    partitions: z.int().min(1).max(10_000).default(3).describe('How many partitions `kpi db init` gives the topic.'),
    replication: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe("On how many brokers `kpi db init` has each partition stored. Left out: the brokers' own default."),
    group: word.default('kpi-relay').describe('The consumer group of `kpi relay`: its members share the work.'),
    topics: z.array(topic).min(1).optional().describe('The topics that `kpi relay` reads. Left out: `topic`.'),
  })
  .superRefine((settings, { addIssue }) => {
    const needs = settings.sasl !== 'none';
    for (const key of ['username', 'password'] as const) {
      if (needs && settings[key] === undefined) addIssue({ code: 'custom', path: [key], message: `is needed with sasl ${settings.sasl}` });
      if (!needs && settings[key] !== undefined) addIssue({ code: 'custom', path: [key], message: 'is only sent with sasl: set it too' });
    }
    if (settings.ca !== undefined && !settings.tls)
      addIssue({ code: 'custom', path: ['ca'], message: 'is only used with tls: set it to true' });
  });
export type Settings = z.output<typeof Settings>;

/** What cannot be delivered lies here, with the reason. */
export function rejectedTopic(name: string): string {
  return `${name}.rejected`;
}

/** The topics that are read. */
export function topicsOf({ topics, topic }: Settings): readonly string[] {
  return topics ?? [topic];
}

function isBetween(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}
