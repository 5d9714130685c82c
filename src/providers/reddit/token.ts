import type { ProviderContext } from '../../sdk/context.ts';
import { BlockedError, PermanentError } from '../../sdk/errors.ts';
import { Token } from './schema.ts';
import type { Settings } from './settings.ts';

/** The app's leave to ask, for some time. */
export interface Leave {
  readonly token: string;
  /** When it ends, by `context.elapsed()`, with some time to spare. */
  readonly until: number;
  /** Whether the API ever took it. One that was taken and is so no more has ended; one that never was is refused. */
  proven: boolean;
}

/** The one token of a session. */
export interface Tokens {
  /** That which is good now; a new one where there is none. Those who ask meanwhile get the same. */
  current(context: ProviderContext): Promise<Leave>;
  /** Says that the API does not take this one any more. */
  drop(leave: Leave): void;
}

const mostSpareMs = 60_000;

export function createTokens(settings: Settings): Tokens {
  let leave: Leave | undefined;
  let coming: Promise<Leave> | undefined;
  return {
    async current(context) {
      if (leave !== undefined && context.elapsed() < leave.until) return leave;
      coming ??= getToken(settings, context).finally(() => {
        coming = undefined;
      });
      leave = await coming;
      return leave;
    },
    drop(old) {
      if (leave === old) leave = undefined;
    },
  };
}

/** https://github.com/reddit-archive/reddit/wiki/OAuth2#application-only-oauth */
async function getToken({ clientId, clientSecret, userAgent, authUrl }: Settings, context: ProviderContext): Promise<Leave> {
  const { value, lifeMs } = await context.attempt(
    async (one) => {
      const response = await one.fetch(authUrl, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': userAgent,
        },
        body: 'grant_type=client_credentials',
      });
      if (response.status === 401) {
        const message = 'Reddit does not accept the app: check "clientId" and "clientSecret" (https://www.reddit.com/prefs/apps)';
        throw new BlockedError(message, { kind: 'unauthorized' });
      }
      if (response.status === 404) {
        throw new PermanentError('there is nothing at "authUrl" that gives tokens (404): check it', { kind: 'not-found' });
      }
      if (response.status !== 200) throw new Error(`an answer that is none (${response.status})`);
      return Token.parse(JSON.parse(await response.text()));
    },
    { what: 'the token' },
  );
  return { token: value, until: context.elapsed() + lifeMs - Math.min(mostSpareMs, lifeMs / 10), proven: false };
}
