import { PermanentError, type SinkContext } from '../../sdk/index.ts';
import { wordsOf } from './answer.ts';
import { basicOf, request } from './connection.ts';
import type { HealthGroup } from './exposition.ts';

export interface Pushgateway {
  readonly pushgateway: string;
  readonly job: string;
}

/**
 * Replaces a group after a success (PUT); after a failure only what it says anew (POST), so that the time of the last success stays.
 * https://github.com/prometheus/pushgateway#put-method
 */
export async function pushHealth(
  { labels, isSuccess }: HealthGroup,
  body: string,
  to: Pushgateway,
  { timeout, context }: { readonly timeout: string; readonly context: SinkContext },
): Promise<void> {
  const url = new URL(to.pushgateway);
  const base = (url.origin + url.pathname).replace(/\/+$/, '');
  const path = [['job', to.job] as const, ...labels].map(([name, value]) => groupingPart(name, value)).join('/');
  const authorization = basicOf(url);
  const answer = await request(
    {
      method: isSuccess ? 'PUT' : 'POST',
      url: `${base}/metrics/${path}`,
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', ...(authorization !== undefined && { authorization }) },
      body,
    },
    timeout,
    context,
  );
  // 202 was the answer of those before 1.0.
  if ((answer.status === 200 || answer.status === 202) && answer.body.trim() === '') return;
  throw new PermanentError(`${base} answered ${answer.status}: ${wordsOf(answer)}; check "runHealth"`);
}

/** A `/` in a value would be another part of the path, also when it is escaped. https://github.com/prometheus/pushgateway#url */
export function groupingPart(name: string, value: string): string {
  if (/^[\w~-]+$/.test(value)) return `${name}/${value}`;
  return `${name}@base64/${Buffer.from(value).toString('base64url') || '='}`;
}
