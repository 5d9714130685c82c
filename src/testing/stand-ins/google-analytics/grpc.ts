import { protos } from '@google-analytics/data';
import { type MethodDefinition, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { checkToken, createAccount, type ServiceAccount } from './account.ts';
import { type GoogleAnalyticsOptions, propertyOf } from './index.ts';
import { answerBatch, GoogleError, httpStatuses } from './report.ts';
import { createTokens } from './tokens.ts';

const { BatchRunReportsRequest, BatchRunReportsResponse } = protos.google.analytics.data.v1beta;
type Request = protos.google.analytics.data.v1beta.BatchRunReportsRequest;

/** What a call meets instead of an answer: an error of gRPC, silence, a broken connection, or another answer. */
export type GrpcFault =
  | { readonly code: number; readonly details: string }
  | 'hang'
  | 'reset'
  | ((answer: Readonly<Record<string, unknown>>) => object);

export interface GoogleAnalyticsGrpc {
  /** `http://127.0.0.1:PORT`: without TLS. */
  readonly url: string;
  readonly account: ServiceAccount;
  /** Of the calls that arrived: the property, and how many reports. */
  readonly calls: readonly string[];
  readonly unexpected: readonly string[];
  readonly bites: number;
  /** From now on; `count` is of the calls since. */
  misbehave(fault: ((count: number) => GrpcFault | undefined) | undefined): void;
  close(): void;
}

const batchRunReports: MethodDefinition<Request, object> = {
  path: '/google.analytics.data.v1beta.BetaAnalyticsData/BatchRunReports',
  requestStream: false,
  responseStream: false,
  requestSerialize: (value) => Buffer.from(BatchRunReportsRequest.encode(value).finish()),
  requestDeserialize: (bytes) => BatchRunReportsRequest.decode(bytes),
  responseSerialize: (value) => Buffer.from(BatchRunReportsResponse.encode(BatchRunReportsResponse.fromObject(value)).finish()),
  responseDeserialize: (bytes) => BatchRunReportsResponse.decode(bytes),
};

/** Starts the Data API v1beta over gRPC, on HTTP/2 without TLS, with the same world and the same checks as over HTTP. */
export async function startGoogleAnalyticsGrpc(options: GoogleAnalyticsOptions): Promise<GoogleAnalyticsGrpc> {
  const account = options.account ?? createAccount();
  const tokens = createTokens();
  const calls: string[] = [];
  const unexpected: string[] = [];
  const server = new Server();
  let fault: ((count: number) => GrpcFault | undefined) | undefined;
  let count = 0;
  let bites = 0;

  function answer({ metadata, request }: ServerUnaryCall<Request, object>): Readonly<Record<string, unknown>> {
    checkToken(metadata.get('authorization')[0]?.toString(), account);
    const id = /^properties\/(\d+)$/.exec(request.property)?.[1] ?? '';
    if (metadata.get('x-goog-request-params')[0] !== `property=properties%2F${id}`) throw new Error('without the routing header');
    const property = propertyOf(id, options.properties);
    const json = BatchRunReportsRequest.toObject(request as never, { longs: String });
    return { ...answerBatch(property, json, { now: options.now(), pageRows: options.pageRows, take: tokens.take }) };
  }

  function usual(
    call: ServerUnaryCall<Request, object>,
    send: sendUnaryData<object>,
    change?: (answer: Readonly<Record<string, unknown>>) => object,
  ) {
    try {
      const good = answer(call);
      send(null, change ? change(good) : good);
    } catch (error) {
      const { message } = error as Error;
      if (!(error instanceof GoogleError)) unexpected.push(message);
      const code = error instanceof GoogleError ? httpStatuses[error.status].rpc : 3;
      send({ code, details: message });
    }
  }

  server.addService(
    { batchRunReports },
    {
      batchRunReports(call: ServerUnaryCall<Request, object>, send: sendUnaryData<object>) {
        calls.push(`${call.request.property} ${call.request.requests.length}`);
        count += 1;
        const present = fault?.(count);
        if (present !== undefined) bites += 1;
        if (present === 'hang') return;
        if (present === 'reset') return server.drain(`127.0.0.1:${port}`, 0);
        if (typeof present === 'object') return send(present);
        usual(call, send, present);
      },
    },
  );
  const port: number = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    account,
    calls,
    unexpected,
    get bites() {
      return bites;
    },
    misbehave(next) {
      fault = next;
      count = 0;
      bites = 0;
    },
    close: () => server.forceShutdown(),
  };
}
