import { z } from 'zod';
import { durationMs, secret } from '../../sdk/index.ts';

/** Which server takes the samples: they differ in what a rerun does, and in which times they take. */
export const servers = ['prometheus', 'victoriametrics'] as const;

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
/** What the headers of a request say already. */
const ownHeaders =
  /^(authorization|content-(type|encoding|length)|x-prometheus-remote-write-version|host|connection|cookie|transfer-encoding)$/i;

const tenant = z
  .string()
  .min(1)
  .optional()
  .describe('The name of a tenant; no secret.')
  .meta({ examples: ['growth'] });

const headers = z
  .object({ 'X-Scope-OrgID': tenant, 'x-scope-orgid': tenant, 'THANOS-TENANT': tenant, 'thanos-tenant': tenant })
  .catchall(secret())
  .superRefine((given, { addIssue }) => {
    for (const name of Object.keys(given)) {
      const message = !headerName.test(name)
        ? 'is no name of a header'
        : ownHeaders.test(name)
          ? 'is a header that kpi sends itself'
          : undefined;
      if (message !== undefined) addIssue({ code: 'custom', path: [name], message });
    }
  });

const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .refine((url) => !url.includes('#'), 'must be an address without "#"')
  .refine(hasReadableUser, 'has a % in its user name or password that begins no code such as %40: write %25 for the % itself');

const pushgateway = z.strictObject({
  pushgateway: address
    .refine((url) => !url.includes('?'), 'must be an address without "?"')
    .describe('The address of a Pushgateway, without `/metrics`. A user name and password in it are sent as basic authentication.')
    .meta({ examples: ['http://localhost:9091'] }),
  job: z.string().min(1).default('kpi').describe('The label `job` of what is pushed.'),
});

const textfile = z.strictObject({
  textfile: z
    .string()
    .regex(/\.prom$/, 'must end in .prom: the node exporter reads no other file')
    .describe("A file in the folder of the node exporter's textfile collector, relative to the config."),
});

export const Settings = z
  .strictObject({
    url: address
      .refine((url) => !URL.canParse(url) || new URL(url).pathname !== '/', {
        message: 'must be the whole address that takes remote write, such as http://localhost:9090/api/v1/write',
      })
      .describe('The whole address that takes remote write, as in `remote_write` of Prometheus.'),
    server: z.enum(servers).default('prometheus').describe('Mimir, Thanos and Grafana Cloud are as Prometheus.'),
    username: z.string().min(1).optional().describe('Of basic authentication. In Grafana Cloud the number of the instance.'),
    password: secret().optional().describe('Of basic authentication.'),
    token: secret()
      .optional()
      .describe('Sent as `Authorization: Bearer`, in the place of a user name and password.')
      .meta({ examples: ['${PROMETHEUS_TOKEN}'] }),
    headers: headers.default({}).describe('Further headers. Secrets, but for the names of tenants.'),
    outOfOrderWindow: z
      .string()
      .refine((text) => isBetween(durationMs(text), 0, 36_525 * 86_400_000), 'must be a duration such as 90d, of at most 100 years')
      .default('0s')
      .describe("The server's `out_of_order_time_window`: older points than that (without it, than 1h) are skipped. Prometheus only."),
    runHealth: z
      .union([pushgateway, textfile], { error: 'must be { "pushgateway": "http://…" } or { "textfile": "…/kpi.prom" }' })
      .optional()
      .describe('Where the run tells of itself, for alerts.'),
    timeout: z
      .string()
      .refine((text) => isBetween(durationMs(text), 1, 3_600_000), 'must be a duration such as 10s, of at most 1h')
      .default('10s')
      .describe('Of one request.'),
  })
  .superRefine((settings, { addIssue }) => {
    const issue = (path: string, message: string) => addIssue({ code: 'custom', path: [path], message });
    const hasBasic = settings.username !== undefined || settings.password !== undefined;
    if (settings.token && hasBasic) issue('token', 'must not stand beside a user name or password: only one of them can be sent');
    if ((settings.token || hasBasic) && hasUser(settings.url))
      issue('url', 'must not hold a user name or password where there are settings for them: only one of them can be sent');
    if (settings.password && settings.username === undefined) issue('username', 'is needed beside "password"');
    if (settings.username?.includes(':')) issue('username', 'must not hold a ":", which ends it in basic authentication');
    if (settings.server === 'victoriametrics' && durationMs(settings.outOfOrderWindow) !== 0)
      issue('outOfOrderWindow', 'is for Prometheus: VictoriaMetrics takes points of any age that its -retentionPeriod keeps');
  });
export type Settings = z.output<typeof Settings>;
export type RunHealth = NonNullable<Settings['runHealth']>;

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
