import { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '../../stand-in.ts';
import { checkToken, createAccount, type ServiceAccount } from './account.ts';
import { answerBatch, GoogleError, httpStatuses } from './report.ts';
import { createTokens } from './tokens.ts';
import type { GaProperty } from './world.ts';

export { createAccount } from './account.ts';
export { cannot, faults } from './faults.ts';
export { type GaProperty, idOf, metricText } from './world.ts';

export interface GoogleAnalyticsOptions {
  readonly properties: readonly GaProperty[];
  /** Whose tokens are accepted; default a new one. */
  readonly account?: ServiceAccount;
  /** No page has more rows; default 250,000, as the API. */
  readonly pageRows?: number;
  readonly latencyMs?: number;
  readonly now: () => Date;
}

export interface GoogleAnalyticsStandIn extends StandIn {
  readonly account: ServiceAccount;
}

/** Starts the Data API v1beta in JSON over HTTP. https://developers.google.com/analytics/devguides/reporting/data/v1/rest */
export async function startGoogleAnalytics(options: GoogleAnalyticsOptions): Promise<GoogleAnalyticsStandIn> {
  const account = options.account ?? createAccount();
  const tokens = createTokens();
  const standIn = await startStandIn(
    (request) => {
      try {
        return { body: answer(request, account, options, tokens) };
      } catch (error) {
        if (error instanceof GoogleError) return errorAnswer(error);
        throw error;
      }
    },
    { ...(options.latencyMs !== undefined && { latencyMs: options.latencyMs }) },
  );
  return Object.defineProperty(standIn, 'account', { value: account }) as GoogleAnalyticsStandIn;
}

function answer(
  request: StandInRequest,
  account: ServiceAccount,
  options: GoogleAnalyticsOptions,
  tokens: ReturnType<typeof createTokens>,
) {
  const id = /^\/v1beta\/properties\/(\d+):batchRunReports$/.exec(request.path)?.[1];
  if (request.method !== 'POST' || id === undefined) throw new Error('no such method');
  if (String(request.query) !== '%24alt=json%3Benum-encoding%3Dint') throw new Error(`an unknown query: ${request.query}`);
  if (request.headers['x-goog-request-params'] !== `property=properties%2F${id}`) throw new Error('without the routing header');
  checkToken(request.headers.authorization, account);
  const property = propertyOf(id, options.properties);
  return answerBatch(property, JSON.parse(request.body), { now: options.now(), pageRows: options.pageRows, take: tokens.take });
}

/** One that is not there is refused like one that may not be read. */
export function propertyOf(id: string, properties: readonly GaProperty[]): GaProperty {
  const property = properties.find((one) => one.id === id);
  if (property) return property;
  throw new GoogleError(
    'PERMISSION_DENIED',
    'User does not have sufficient permissions for this property. To learn more about Property ID, see https://developers.google.com/analytics/devguides/reporting/data/v1/property-id.',
  );
}

/** https://cloud.google.com/apis/design/errors#http_mapping */
function errorAnswer({ status, message }: GoogleError): StandInAnswer {
  const { http } = httpStatuses[status];
  return { status: http, body: { error: { code: http, message, status } } };
}
