import { messageOf, PermanentError, type ProblemKind } from '../sdk/errors.ts';
import type { Finding } from '../sdk/provider.ts';
import { formatDuration } from '../sdk/time.ts';
import type { Clock } from './clock.ts';
import { withoutSnippet } from './policy.ts';
import type { Redactor } from './redact.ts';

/** What a check found, or that it was left out. */
export interface Found extends Omit<Finding, 'status'> {
  readonly status: Finding['status'] | 'skipped';
}

/** What is checked. */
export interface Subject {
  readonly scope: 'config' | 'provider' | 'sink' | 'state' | 'ci';
  readonly name: string;
}

/** One line of a diagnosis. `ms`: from the finding before it. */
export interface DiagnosisFinding extends Subject, Found {
  readonly ms: number;
}

export interface ExamineOptions {
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** How long all checks of the subject may take. */
  readonly limitMs: number;
  /** When the work on the first finding began, by the clock's `elapsed`; default now. */
  readonly since?: number;
}

/** More of one subject are no help. */
const mostFindings = 200;
/** Only what was redacted is cut: half a secret would not be found. */
const longestText = 2000;

/**
 * Runs the checks of one subject: timed, redacted, and isolated, so that one that throws, hangs or says what cannot be read is a
 * finding of its own. `signal` is aborted when their time is over.
 */
export async function examine(
  subject: Subject,
  checks: (signal: AbortSignal) => AsyncIterable<Found>,
  { clock, redactor, limitMs, since = clock.elapsed() }: ExamineOptions,
): Promise<readonly DiagnosisFinding[]> {
  const findings: DiagnosisFinding[] = [];
  const over = new AbortController();
  const late = Promise.withResolvers<undefined>();
  const message = `did not end within ${formatDuration(limitMs)}`;
  const cancel = clock.timer(limitMs, () => {
    late.resolve(undefined);
    over.abort(new PermanentError(message, { kind: 'timeout' }));
  });
  let last = since;

  function add(found: Found): void {
    const now = clock.elapsed();
    const text = (given: unknown) => cut(redactor.text(withoutSnippet(String(given))));
    findings.push({
      scope: subject.scope,
      name: text(subject.name),
      check: text(found.check),
      status: statuses.has(found.status) ? found.status : 'error',
      message: text(found.message),
      ...(found.mend !== undefined && { mend: text(found.mend) }),
      ms: Math.round(now - last),
    });
    last = now;
  }

  let steps: AsyncIterator<Found> | undefined;
  try {
    steps = checks(over.signal)[Symbol.asyncIterator]();
    while (findings.length < mostFindings) {
      const next = steps.next();
      next.catch(() => undefined);
      const step = await Promise.race([next, late.promise]);
      if (step === undefined) {
        add(failureFound(new PermanentError(`its checks did not end within ${formatDuration(limitMs)}`, { kind: 'timeout' }), subject));
        break;
      }
      if (step.done) break;
      add(step.value);
    }
  } catch (error) {
    add(failureFound(error, subject));
  } finally {
    cancel();
    // What still hangs is left behind, and what it says later is dropped.
    over.abort(new PermanentError(message, { kind: 'timeout' }));
    steps?.return?.().catch(() => undefined);
  }
  return findings;
}

const statuses: ReadonlySet<unknown> = new Set<Found['status']>(['ok', 'warning', 'error', 'skipped']);

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/** What a check that threw found. */
export function failureFound(error: unknown, { scope, name }: Subject, check = 'access'): Found {
  const kind = error instanceof Error && 'kind' in error ? (error.kind as ProblemKind) : 'defect';
  return { check, status: 'error', message: messageOf(error), mend: mendOf(kind, scope, name) };
}

/** What to do about a failure of this kind, where nobody knows better. */
function mendOf(kind: ProblemKind, scope: Subject['scope'], name: string): string {
  const entry = `the entry "${name}" of the config`;
  switch (kind) {
    case 'unauthorized':
      return `set a credential that is accepted in ${entry}`;
    case 'forbidden':
      return `give the credential in ${entry} the right to do this`;
    case 'config':
    case 'not-found':
      return `correct the address and the names in ${entry}`;
    case 'network':
    case 'timeout':
      return `check the address in ${entry}, DNS, the proxy and the firewall`;
    case 'rate-limited':
    case 'quota':
    case 'not-yet':
    case 'server':
      return `try again later: kpi doctor${scope === 'provider' || scope === 'sink' ? ` --${scope}s ${name}` : ''}`;
    case 'defect':
      return 'this is a defect: please report it with this message';
    default:
      return `do what the message says, or correct ${entry}`;
  }
}
