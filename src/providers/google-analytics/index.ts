import { defineProvider, type ProviderContext } from '../../sdk/index.ts';
import { check } from './check.ts';
import { longestReportMs, openConnection } from './connection.ts';
import { openCredentials } from './credentials.ts';
import { judge } from './judge.ts';
import { measurementOf } from './measurements.ts';
import { collectProperty } from './property.ts';
import { createQuotas } from './quota.ts';
import { datesOf, mostInBatch } from './request.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';

/** One property, and what is asked of it: reports by name, each with its window. */
export interface Target {
  readonly property: string;
  readonly reports: readonly { readonly name: string; readonly from?: string; readonly to?: string }[];
}

const dayMs = 86_400_000;
/** Where nothing says which days: as many as Google may still revise. */
const usualDays = 3;

/** Reports of Google Analytics 4, by day. */
export const googleAnalytics = defineProvider<Settings, Target>({
  name: 'google-analytics',
  help: 'Reports of Google Analytics 4 properties by day: sessions, users, views, or any metrics and dimensions.',
  settings: Settings,
  example: {
    properties: ['123456789'],
    credentials: `\${GOOGLE_ANALYTICS_CREDENTIALS}`,
    transport: 'grpc',
    baseUrl: 'https://analyticsdata.googleapis.com',
    reports: [
      { name: 'traffic', metrics: ['sessions', 'totalUsers', 'engagementRate'], dimensions: ['newVsReturning'] },
      {
        name: 'docs',
        metrics: [{ name: 'screenPageViews', as: 'views' }],
        dimensions: ['pagePath'],
        where: { hostName: 'getakka.net', pagePath: { contains: '/articles/' } },
        keepEmpty: true,
      },
    ],
  },
  setup,
  measurements: (settings) => settings.reports.map(measurementOf),

  limits: ({ baseUrl, properties }) =>
    properties.map((property) => ({
      name: property,
      key: ['google-analytics', baseUrl, property],
      // Ten at once are borne, for all who ask. One by one, each answer says what the next may still take.
      concurrency: 1,
      source: 'https://developers.google.com/analytics/devguides/reporting/data/v1/quotas',
    })),

  targets({ properties, reports }, { windows, only }) {
    const wanted = reports.map((report) => ({ name: report.name, measurement: measurementOf(report).name }));
    const asked = wanted
      .filter(({ measurement }) => only === undefined || only.includes(measurement))
      .map(({ name, measurement }) => {
        const window = windows[measurement];
        return { name, ...(window && { from: window.from.toISOString(), to: window.to.toISOString() }) };
      });
    return asked.length === 0 ? [] : properties.map((property) => ({ property, reports: asked }));
  },

  narrow(target, items) {
    const reports = target.reports.filter(({ name }) => items.includes(name));
    return reports.length === 0 ? target : { ...target, reports };
  },

  label: ({ property }) => `property ${property}`,
  cost: ({ reports }) => Math.ceil(reports.length / mostInBatch),
  limit: ({ property }) => property,
  judge,

  async connect(settings, context) {
    const credentials = await openCredentials(settings.credentials);
    const connection = await openConnection(settings, credentials, context, { timeoutMs: longestReportMs });
    const zones = new Map<string, string>();
    return {
      async *collect(target, context) {
        const asked = target.reports.flatMap((one) => {
          const report = settings.reports.find(({ name }) => name === one.name);
          const dates = datesOf(windowOf(one, context));
          return report && dates ? [{ report, dates }] : [];
        });
        const zone = (found: string) => zones.set(target.property, found);
        yield* collectProperty(target.property, asked, { connection, quotas: createQuotas(), zone }, context);
      },
      zone: ({ property }) => zones.get(property) ?? 'UTC',
      close: () => connection.close(),
    };
  },

  check,
});

function windowOf({ from, to }: Target['reports'][number], { at }: ProviderContext) {
  if (from !== undefined && to !== undefined) return { from: new Date(from), to: new Date(to) };
  return { from: new Date(at.getTime() - usualDays * dayMs), to: new Date(at.getTime() + 1) };
}
