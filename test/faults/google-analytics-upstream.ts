import {
  createAccount,
  idOf,
  metricText,
  startGoogleAnalytics as startStandIn,
} from '../../src/testing/stand-ins/google-analytics/index.ts';
import type { Row, Upstream, UpstreamOptions } from './upstreams.ts';

/** A row whose time the upstream names. */
interface DayRow extends Row {
  readonly time: string;
}

const metrics = ['sessions', 'averageSessionDuration'] as const;
/** In the order in which they are answered. */
const kinds = ['(not set)', 'new', 'returning'];
const dayMs = 86_400_000;

/** One property and one report, on three pages where `pages` is set: one target. It is asked for the same 31 days each time. */
export async function startGoogleAnalytics({ world, pages, now }: UpstreamOptions): Promise<Upstream> {
  const account = createAccount(`kpi@${world.toLowerCase()}.iam.gserviceaccount.com`);
  const secret = { name: `GOOGLE_KEY_OF_${world}`, value: JSON.stringify(JSON.parse(account.key)), shownAs: /\bBearer eyJ/ };
  const property = { id: idOf(world), timeZone: 'UTC' };
  const standIn = await startStandIn({ properties: [property], account, now, ...(pages && { pageRows: 40 }) });
  return {
    standIn,
    secret,
    entry: {
      type: 'google-analytics',
      properties: [property.id],
      credentials: `\${${secret.name}}`,
      transport: 'rest',
      baseUrl: standIn.url,
      reports: [{ name: 'traffic', metrics, dimensions: ['newVsReturning'] }],
      settle: '30d',
    },
    truth: () => rowsOf(property, now()),
  };
}

function rowsOf(property: { readonly id: string }, now: Date): readonly DayRow[] {
  const today = Math.floor(now.getTime() / dayMs) * dayMs;
  // A zone may be 14 hours behind UTC, and the run does not know which it is.
  const first = Math.floor((now.getTime() - 30 * dayMs - 14 * 3_600_000) / dayMs) * dayMs;
  const rows: DayRow[] = [];
  for (let day = first; day <= today; day += dayMs) {
    const time = new Date(day).toISOString();
    for (const kind of kinds) {
      const [sessions, duration] = metrics.map((metric) => Number(metricText(property, time.slice(0, 10), [kind], metric)));
      rows.push({
        measurement: 'google_analytics_traffic',
        tags: { property: property.id, new_vs_returning: kind },
        fields: { sessions: sessions ?? Number.NaN, average_session_duration: duration ?? Number.NaN },
        time,
      });
    }
  }
  return rows;
}
