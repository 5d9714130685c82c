import { type Finding, messageOf, PermanentError, type ProviderContext } from '../../sdk/index.ts';
import { type Connection, openConnection } from './connection.ts';
import { openCredentials } from './credentials.ts';
import { createQuotas } from './quota.ts';
import { type Dates, datesOf, mostInBatch, requestOf } from './request.ts';
import { Report } from './schema.ts';
import type { ReportSettings, Settings } from './settings.ts';

/** Enough to see whether the credentials fit. */
const mostProperties = 20;
const dayMs = 86_400_000;
const page = 'https://developers.google.com/analytics/devguides/reporting/data/v1/quickstart-client-libraries';

/** Whether the credentials can sign, and whether each property answers each report: one row of it, of yesterday. */
export async function* check(settings: Settings, context: ProviderContext): AsyncGenerator<Finding> {
  let connection: Connection;
  try {
    const credentials = await openCredentials(settings.credentials);
    connection = await openConnection(settings, credentials, context);
    yield { check: 'credential', status: 'ok', message: `${credentials.name} can sign` };
  } catch (error) {
    yield { check: 'credential', status: 'error', message: messageOf(error), mend: `make the key of a service account: ${page}` };
    return;
  }
  const now = context.now();
  const dates = datesOf({ from: new Date(now.getTime() - dayMs), to: now });
  try {
    for (const property of settings.properties.slice(0, mostProperties)) {
      if (dates) yield await propertyFinding(property, settings.reports, dates, connection, context);
    }
  } finally {
    await connection.close();
  }
}

async function propertyFinding(
  property: string,
  reports: readonly ReportSettings[],
  dates: Dates,
  connection: Connection,
  context: ProviderContext,
): Promise<Finding> {
  const quotas = createQuotas();
  const name = `property ${property}`.slice(0, 20);
  for (let from = 0; from < reports.length; from += mostInBatch) {
    const some = reports.slice(from, from + mostInBatch);
    try {
      const requests = some.map((report) => requestOf(report, dates, { offset: 0, limit: 1 }));
      for (const answer of await connection.run(context, property, requests, `property ${property}`)) {
        quotas.note(Report.parse(answer).propertyQuota);
      }
    } catch (error) {
      context.signal.throwIfAborted();
      // What concerns all of them alike is no matter of one property.
      if (!(error instanceof PermanentError)) throw error;
      const mend = error.kind === 'config' ? 'correct "reports"' : 'correct "properties", or give the credentials the role Viewer there';
      return { check: name, status: 'error', message: messageOf(error), mend };
    }
  }
  const left = quotas.reading(context.now())?.remaining;
  const told = left === undefined ? '' : `; ${left} tokens are left`;
  return { check: name, status: 'ok', message: `${reports.length} of ${reports.length} reports are answered${told}` };
}
