import { PermanentError, type Quota } from '../../sdk/index.ts';
import type { PropertyQuota } from './schema.ts';

/** A call fails twice at most: the judgement sees to that. */
const mostErrors = 2;

/**
 * The quotas that a report takes from, and when they are full again; any that is used up has all requests refused. `atWorst`: what a call
 * may take though none that is answered takes any.
 * https://developers.google.com/analytics/devguides/reporting/data/v1/quotas
 */
const buckets: readonly Bucket[] = [
  { name: 'tokensPerHour', says: 'tokens of the property for this hour', resets: 'hour' },
  { name: 'tokensPerProjectPerHour', says: 'tokens of the property for this project and hour', resets: 'hour' },
  { name: 'tokensPerDay', says: 'tokens of the property for this day', resets: 'day' },
  { name: 'potentiallyThresholdedRequestsPerHour', says: 'requests for what may be withheld, for this hour', resets: 'hour' },
  {
    name: 'serverErrorsPerProjectPerHour',
    says: 'server errors that Google bears of this project at the property in this hour',
    resets: 'hour',
    atWorst: mostErrors,
  },
];

interface Bucket {
  readonly name: keyof PropertyQuota;
  readonly says: string;
  readonly resets: 'hour' | 'day';
  readonly atWorst?: number;
}

interface Left extends Bucket {
  readonly remaining: number;
  /** The most that one request took of it. */
  readonly each: number;
}

/** What is left of a property's quotas, as its answers tell. */
export interface PropertyQuotas {
  note(quota: PropertyQuota | null | undefined): void;
  /** Of its tokens, the scarcest. */
  reading(now: Date): Quota | undefined;
  /** Throws where so many further requests might leave less than they take: somebody else needs some too. */
  check(requests: number): void;
}

export function createQuotas(): PropertyQuotas {
  const left = new Map<string, Left>();
  return {
    note(quota) {
      for (const bucket of buckets) {
        const { name } = bucket;
        const { remaining, consumed = 0 } = quota?.[name] ?? {};
        if (remaining === undefined) continue;
        left.set(name, { ...bucket, remaining, each: Math.max(consumed, left.get(name)?.each ?? 0) });
      }
    },
    reading(now) {
      const tokens = [...left].filter(([name]) => name.startsWith('tokens')).map(([, one]) => one);
      const [first] = tokens.sort((one, other) => one.remaining - other.remaining);
      return first && { remaining: Math.max(0, first.remaining), resetAt: new Date(now.getTime() + untilReset(first.resets, now)) };
    },
    check(requests) {
      for (const { remaining, each, says, atWorst } of left.values()) {
        const need = atWorst ?? each * requests;
        if (need === 0 || remaining >= 2 * need) continue;
        const message = `${remaining} are left of the ${says}, and ${requests} more requests may take ${need}: they are not made, so that it is not used up`;
        throw new PermanentError(message, { kind: 'quota' });
      }
    },
  };
}

const hourMs = 3_600_000;

/** At the latest: within the hour, or at midnight in California. */
function untilReset(resets: 'hour' | 'day', now: Date): number {
  if (resets === 'hour') return hourMs;
  const shown = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(now);
  const part = (type: string) => Number(shown.find((one) => one.type === type)?.value);
  return 24 * hourMs - (part('hour') * 3600 + part('minute') * 60 + part('second')) * 1000;
}
