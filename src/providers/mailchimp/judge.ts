import { BlockedError, type NextError, PermanentError, TransientError } from '../../sdk/errors.ts';
import type { Failure } from '../../sdk/provider.ts';

/** Where keys are made. https://mailchimp.com/help/about-api-keys/ */
export const keysPage = 'https://admin.mailchimp.com/account/api/';

/** Titles of a 403 that is about the key or its account as such, as users of the API report them; a detail says more. */
const aboutAll = new Set(['User Disabled', 'Wrong Datacenter', 'API Key Invalid']);

/**
 * What Mailchimp's own answers mean; the rest is the common table's. A 403 with a problem in JSON says that the key may not do this, and
 * one without that we asked too much; nothing says for how long. A web page is neither: what stands before Mailchimp refuses us.
 * https://mailchimp.com/developer/marketing/docs/errors/ https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits
 */
export function judge({ error, response }: Failure): NextError | undefined {
  switch (response?.status) {
    case 202:
      return new TransientError('Mailchimp has no answer yet (202)', { kind: 'not-yet', cause: error });
    case 401:
      return new BlockedError('Mailchimp does not accept the key: it is wrong or was revoked; make a new one and set it as "apiKey"', {
        kind: 'unauthorized',
        cause: error,
      });
    case 403:
      return forbidden(response, error);
    default:
      return undefined;
  }
}

function forbidden({ headers, body }: NonNullable<Failure['response']>, cause: unknown): NextError | undefined {
  const problem = problemIn(body);
  if (headers.has('retry-after') || (problem === undefined && /^\s*</.test(body))) return undefined;
  if (problem === undefined) {
    return new TransientError('Mailchimp answered 403 without a reason, which is how it says that it was asked too much', {
      kind: 'rate-limited',
      cause,
    });
  }
  const reason = [problem.title, problem.detail].filter((text) => typeof text === 'string' && text !== '').join(': ');
  if (aboutAll.has(String(problem.title))) return new BlockedError(`Mailchimp refuses the key (${reason})`, { kind: 'forbidden', cause });
  return new PermanentError(`Mailchimp refuses this to the key${reason === '' ? '' : ` (${reason})`}: its user needs another role`, {
    kind: 'forbidden',
    cause,
  });
}

interface Problem {
  readonly title?: unknown;
  readonly detail?: unknown;
}

function problemIn(body: string): Problem | undefined {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
