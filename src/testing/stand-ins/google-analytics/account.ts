import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { GoogleError } from './report.ts';

/** A service account that the stand-in knows. */
export interface ServiceAccount {
  /** Its key, as Google's console gives it out. */
  readonly key: string;
  readonly email: string;
}

/** Makes a service account with a key of its own. Its token endpoint is one where nobody answers. */
export function createAccount(email = 'kpi@acme-project.iam.gserviceaccount.com'): ServiceAccount {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = {
    type: 'service_account',
    project_id: 'acme-project',
    private_key_id: '0123456789abcdef0123456789abcdef01234567',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: email,
    client_id: '100000000000000000000',
    token_uri: 'http://127.0.0.1:9/token',
    universe_domain: 'googleapis.com',
  };
  return { key: JSON.stringify(key, undefined, 2), email };
}

const scope = 'https://www.googleapis.com/auth/analytics.readonly';

/** Throws unless the header carries a token that the account signed for the scope and that is valid now. https://google.aip.dev/auth/4111 */
export function checkToken(authorization: string | undefined, { key, email }: ServiceAccount): void {
  const [header, payload, signature] = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]?.split('.') ?? [];
  const refused = new GoogleError(
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  );
  if (!header || !payload || !signature) throw refused;
  const { private_key: pem } = JSON.parse(key) as { readonly private_key: string };
  const isSigned = verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), createPublicKey(pem), Buffer.from(signature, 'base64url'));
  if (!isSigned) throw refused;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Readonly<Record<string, unknown>>;
  const now = Date.now() / 1000;
  if (claims.iss !== email || claims.sub !== email || claims.scope !== scope) throw refused;
  if (Number(claims.iat) > now + 300 || Number(claims.exp) < now || Number(claims.exp) > now + 3900) throw refused;
}
