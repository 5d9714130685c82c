import { z } from 'zod';
import { BlockedError, messageOf, PermanentError, type Secret, TransientError } from '../../sdk/index.ts';

/** All that is needed. https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/batchRunReports#authorization-scopes */
const scope = 'https://www.googleapis.com/auth/analytics.readonly';

/** Who asks. */
export interface Credentials {
  /** The headers that say so, of a token that is renewed when it is time. */
  headers(): Promise<Headers>;
  /** For people: an e-mail address, or where they come from. */
  readonly name: string;
}

const ServiceAccount = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
});

/** Loads Google's authentication. Rejects where there are no credentials: the client itself would end the process. */
export async function openCredentials(given: Secret | undefined): Promise<Credentials> {
  return given === undefined ? await applicationDefault() : await serviceAccount(given.reveal());
}

/** A service account signs its tokens itself: Google's token endpoint is not asked. https://google.aip.dev/auth/4111 */
async function serviceAccount(text: string): Promise<Credentials> {
  const key = ServiceAccount.safeParse(parsed(text));
  if (!key.success) {
    const [issue] = key.error.issues;
    throw invalid(`"credentials" is not the key of a service account: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { JWT } = await import('google-auth-library');
  const { client_email: email, private_key: pem, private_key_id: keyId } = key.data;
  const client = new JWT({ email, key: pem, scopes: [scope], ...(keyId !== undefined && { keyId }) });
  client.useJWTAccessWithScope = true;
  const headers = () => client.getRequestHeaders();
  try {
    await headers();
  } catch (error) {
    throw invalid(`the private key in "credentials" cannot sign: ${wordsOf(error)}`);
  }
  return { headers, name: email };
}

/** https://cloud.google.com/docs/authentication/application-default-credentials */
async function applicationDefault(): Promise<Credentials> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: [scope] });
  auth.useJWTAccessWithScope = true;
  try {
    const client = await auth.getClient();
    return { headers: () => client.getRequestHeaders().catch(refused), name: 'the application default credentials' };
  } catch (error) {
    throw new BlockedError(
      `there are no credentials for Google Analytics: set "credentials", or GOOGLE_APPLICATION_CREDENTIALS (${wordsOf(error)})`,
      { kind: 'unauthorized' },
    );
  }
}

/** Where a token is asked for, which a service account's key needs not: at Google, or at the metadata server of its machines. */
function refused(error: unknown): never {
  const { status, code } = error as { readonly status?: unknown; readonly code?: unknown };
  const message = `Google gives no token for the application default credentials (${wordsOf(error)})`;
  const isRefusal = (typeof status === 'number' && status >= 400 && status < 500) || /^ERR_(OSSL|CRYPTO)/.test(String(code));
  if (isRefusal) throw new BlockedError(message, { kind: 'unauthorized' });
  throw new TransientError(message, { kind: 'network' });
}

/** What went wrong, without the piece of the file that V8 quotes where it is no JSON. */
function wordsOf(error: unknown): string {
  const isQuoting = (error instanceof Error && error.name === 'SyntaxError') || /is not valid JSON/.test(messageOf(error));
  return isQuoting ? 'what was read there is not JSON' : messageOf(error);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What V8 says of it would quote the key.
    throw invalid('"credentials" is not JSON: write the key of a service account, or { "file": … } with the path of one');
  }
}

function invalid(message: string): PermanentError {
  return new PermanentError(message, { kind: 'config' });
}
