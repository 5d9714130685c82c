import { z } from 'zod';
import { namePattern, reservedNames, Secret, secret } from '../../sdk/index.ts';
import { insteadOf } from './addresses.ts';
import { mayBeMoney, snakeCase } from './metrics.ts';
import { Where } from './where.ts';

/** What one request takes. https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport */
const mostMetrics = 10;
/** Nine, and one of them is the date. */
const mostDimensions = 8;

const apiName = z.string().regex(/^[A-Za-z]\w*(:\S+)?$/, 'must be a name of the Data API, such as sessions or customEvent:level');
const ownName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,45}$/, 'must be of a-z, 0-9 and _, begin with a letter, and have at most 46 characters');

const Metric = z
  .union([
    apiName,
    z.strictObject({
      name: apiName.describe('The metric, as the Data API calls it.'),
      as: z.string().regex(namePattern, `must match ${namePattern.source}`).describe('The field.'),
    }),
  ])
  .transform((given) => (typeof given === 'string' ? { name: given, field: snakeCase(given) } : { name: given.name, field: given.as }));

/** One report: what a measurement is made of. */
export const ReportSettings = z
  .strictObject({
    name: ownName.describe('The measurement is called google_analytics_NAME.'),
    metrics: z.array(Metric).min(1).max(mostMetrics).describe('Metrics of the Data API; each is a field, in snake case or as "as" says.'),
    dimensions: z
      .array(apiName.transform((name) => ({ name, tag: snakeCase(name) })))
      .max(mostDimensions)
      .default([])
      .describe('Dimensions of the Data API besides the date; each is a tag, in snake case.'),
    where: z.record(apiName, Where).default({}).describe('Only rows whose dimensions have these values.'),
    keepEmpty: z.boolean().default(false).describe('Also rows whose metrics are all 0, of what was recorded at all.'),
  })
  .check(({ value, issues }) => {
    const problem = (path: PropertyKey[], message: string) => issues.push({ code: 'custom', input: value, path, message });
    const taken = new Set(['property', ...(value.metrics.some(({ name }) => mayBeMoney(name)) ? ['currency'] : [])]);
    const names = [
      ...value.dimensions.map(({ name, tag }, index) => ({ path: ['dimensions', index], name, own: tag, hint: 'leave one out' })),
      ...value.metrics.map(({ name, field }, index) => ({ path: ['metrics', index], name, own: field, hint: 'give it another with "as"' })),
    ];
    for (const { path, name, own, hint } of names) {
      if (!namePattern.test(own) || reservedNames.has(own)) problem(path, `${name} would be called "${own}", which cannot be: ${hint}`);
      else if (taken.has(own)) problem(path, `${name} would be called "${own}", and so would something else: ${hint}`);
      taken.add(own);
    }
    for (const [index, { name }] of value.dimensions.entries()) {
      const instead = insteadOf(name);
      if (instead !== undefined) {
        problem(['dimensions', index], `${name} holds whole addresses, whose query may be secret and is no tag: ask for ${instead}`);
      }
      if (name === 'date') problem(['dimensions', index], 'date is always asked for: it is the time of the points');
    }
  });
export type ReportSettings = z.output<typeof ReportSettings>;

/** What the old Universal Analytics reports showed, in GA4's terms. */
const traffic: z.input<typeof ReportSettings> = {
  name: 'traffic',
  metrics: [
    'sessions',
    'totalUsers',
    'newUsers',
    'activeUsers',
    'sessionsPerUser',
    { name: 'averageSessionDuration', as: 'average_session_duration_s' },
    { name: 'userEngagementDuration', as: 'engagement_s' },
    { name: 'screenPageViews', as: 'views' },
    { name: 'screenPageViewsPerSession', as: 'views_per_session' },
  ],
  dimensions: ['newVsReturning'],
};

const property = z
  .union([z.string(), z.int()])
  .transform(String)
  .refine((id) => /^\d{1,20}$/.test(id), 'must be the number of a GA4 property (Admin → Property details), not a measurement id (G-…)');

/** A service account's key as it stands in the config itself. */
const serviceAccount = z
  .looseObject({
    type: z.literal('service_account').describe('What Google wrote there.'),
    client_email: z
      .string()
      .describe("The service account's e-mail address.")
      .meta({ examples: ['kpi@my-project.iam.gserviceaccount.com'] }),
    private_key: z
      .string()
      .describe('Its private key (PEM).')
      .meta({ examples: [`\${GOOGLE_PRIVATE_KEY}`] }),
  })
  .transform((key) => new Secret(JSON.stringify(key)));

const baseUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address' })
  .refine((url) => URL.canParse(url) && new URL(url).href === `${new URL(url).origin}/`, 'must be a host and a port alone')
  .transform((url) => new URL(url).origin);

export const Settings = z
  .strictObject({
    properties: z.array(property).min(1).describe('The numbers of the GA4 properties.'),
    credentials: z
      .union([secret(), serviceAccount])
      .optional()
      .describe("A service account's key, as JSON; without it, Google's application default credentials."),
    transport: z.enum(['grpc', 'rest']).default('grpc').describe('How the Data API is spoken to.'),
    baseUrl: baseUrl.prefault('https://analyticsdata.googleapis.com').describe('Where the Data API is.'),
    reports: z.array(ReportSettings).min(1).prefault([traffic]).describe('What is asked of each property, by day.'),
  })
  .check(({ value, issues }) => {
    const twice = (list: readonly string[], path: string, of: string) => {
      for (const [index, one] of list.entries()) {
        if (list.indexOf(one) === index) continue;
        issues.push({ code: 'custom', input: value, path: [path, index], message: `${one} stands twice in "${path}"${of}` });
      }
    };
    twice(value.properties, 'properties', '');
    twice(
      value.reports.map(({ name }) => name),
      'reports',
      ': each report needs a name of its own',
    );
  });
export type Settings = z.output<typeof Settings>;
