import { GoogleError } from './report.ts';
import type { GaProperty } from './world.ts';

/** The quotas of properties. https://developers.google.com/analytics/devguides/reporting/data/v1/quotas */
export interface Tokens {
  /** Takes what a report costs, and tells what is left as `PropertyQuota`. Throws as Google does where it is not enough. */
  take(property: GaProperty): object;
}

export function createTokens(): Tokens {
  const taken = new Map<string, number>();
  return {
    take(property) {
      const { day = 200_000, hour = 40_000 } = property.tokens ?? {};
      const consumed = property.cost ?? 8;
      const before = taken.get(property.id) ?? 0;
      const project = Math.floor(hour * 0.35);
      if (property.serverErrors === 0) throw exhausted('server errors per project per hour', 'in under an hour');
      if (before + consumed > day) throw exhausted('tokens per day', 'at midnight, Pacific time');
      if (before + consumed > hour) throw exhausted('tokens per hour', 'in under an hour');
      if (before + consumed > project) throw exhausted('tokens per project per hour', 'in under an hour');
      const all = before + consumed;
      taken.set(property.id, all);
      return {
        tokensPerDay: { consumed, remaining: day - all },
        tokensPerHour: { consumed, remaining: hour - all },
        concurrentRequests: { consumed: 0, remaining: 10 },
        serverErrorsPerProjectPerHour: { consumed: 0, remaining: property.serverErrors ?? 10 },
        potentiallyThresholdedRequestsPerHour: { consumed: 0, remaining: 120 },
        tokensPerProjectPerHour: { consumed, remaining: project - all },
      };
    },
  };
}

function exhausted(what: string, when: string): GoogleError {
  const message = `Exhausted property ${what}. These quota tokens will return ${when}.`;
  return new GoogleError('RESOURCE_EXHAUSTED', message);
}
