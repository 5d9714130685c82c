import { z } from 'zod';
import { durationMs, secret } from '../../sdk/index.ts';

/** Which server takes the lines: they differ in how they authenticate, in what a rerun does, and in what must be made beforehand. */
export const servers = ['influxdb2', 'influxdb3', 'victoriametrics'] as const;
export type Server = (typeof servers)[number];

export const Settings = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .refine((url) => !/[?#]/.test(url), 'must be an address without "?" and "#"')
      .refine(hasReadableUser, 'has a % in its user name or password that begins no code such as %40: write %25 for the % itself')
      .describe('Where the server is. A user name and password in it are sent as basic authentication.'),
    token: secret().optional().describe('Not needed where the server asks for none.'),
    org: z.string().min(1).optional().describe("The organisation's name. InfluxDB 2 only."),
    bucket: z.string().min(1).optional().describe('The bucket of InfluxDB 2, the database of InfluxDB 3.'),
    server: z.enum(servers).default('influxdb2').describe('Which of the servers that take line protocol it is.'),
    timeout: z
      .string()
      .refine((text) => isBetween(durationMs(text), 1, 3_600_000), 'must be a duration such as 10s, of at most 1h')
      .default('10s')
      .describe('Of one request.'),
  })
  .superRefine((settings, { addIssue }) => {
    for (const key of needed[settings.server]) {
      if (settings[key] === undefined)
        addIssue({ code: 'custom', path: [key], message: `is needed where the server is ${settings.server}` });
    }
    if (settings.token && hasUser(settings.url)) {
      addIssue({
        code: 'custom',
        path: ['url'],
        message: 'must not hold a user name or password where there is a token: only one of them can be sent',
      });
    }
  });
export type Settings = z.output<typeof Settings>;

const needed: Readonly<Record<Server, readonly ('token' | 'org' | 'bucket')[]>> = {
  influxdb2: ['token', 'org', 'bucket'],
  influxdb3: ['bucket'],
  victoriametrics: [],
};

function hasUser(url: string): boolean {
  // What is no address is a problem of its own.
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

/** What `new URL` lets pass, and cannot be decoded. */
function hasReadableUser(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { username, password } = new URL(url);
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function isBetween(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}
