import { describe, expect, it } from 'vitest';
import { PermanentError } from '../sdk/errors.ts';
import { createTestClock } from '../testing/clock.ts';
import { examine, type Found, failureFound } from './doctor-findings.ts';
import { createRedactor } from './redact.ts';

const subject = { scope: 'provider', name: 'docs' } as const;
const ok: Found = { check: 'access', status: 'ok', message: 'fine' };

function options(limitMs = 5000) {
  return { clock: createTestClock(), redactor: createRedactor(), limitMs };
}

describe('examine', () => {
  it('times each finding from the one before', async () => {
    const how = options();
    const since = how.clock.elapsed();
    how.clock.advance(7);
    const findings = await examine(
      subject,
      async function* () {
        how.clock.advance(20);
        yield ok;
        how.clock.advance(300);
        yield { ...ok, check: 'quota' };
      },
      { ...how, since },
    );
    expect(findings).toEqual([
      { ...subject, ...ok, ms: 27 },
      { ...subject, ...ok, check: 'quota', ms: 300 },
    ]);
  });

  it('takes a throw for a finding, with what came before it', async () => {
    const findings = await examine(
      subject,
      async function* () {
        yield ok;
        throw new PermanentError('no such door', { kind: 'network' });
      },
      options(),
    );
    expect(findings).toMatchObject([
      { status: 'ok' },
      {
        check: 'access',
        status: 'error',
        message: 'no such door',
        mend: 'check the address in the entry "docs" of the config, DNS, the proxy and the firewall',
      },
    ]);
  });

  it('also one that comes before the first step', async () => {
    const findings = await examine(
      subject,
      () => {
        throw new TypeError('checks is not a function');
      },
      options(),
    );
    expect(findings).toMatchObject([{ status: 'error', message: 'checks is not a function', mend: expect.stringContaining('defect') }]);
  });

  it('ends one that hangs, aborts its signal, and drops what it says later', async () => {
    let signal: AbortSignal | undefined;
    const later = Promise.withResolvers<void>();
    const findings = await examine(
      subject,
      async function* (own) {
        signal = own;
        yield ok;
        await later.promise;
        yield { ...ok, message: 'late' };
      },
      options(20),
    );
    expect(findings).toMatchObject([{ status: 'ok' }, { check: 'access', status: 'error', message: 'its checks did not end within 20ms' }]);
    expect(signal?.aborted).toBe(true);
    later.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(findings).toHaveLength(2);
  });

  it('stops one that floods', async () => {
    const findings = await examine(
      subject,
      async function* () {
        for (;;) yield ok;
      },
      options(),
    );
    expect(findings).toHaveLength(200);
  });

  it('takes rubbish for an error', async () => {
    const findings = await examine(
      subject,
      async function* () {
        yield { check: 7, status: 'great', message: undefined } as unknown as Found;
        yield undefined as unknown as Found;
      },
      options(),
    );
    expect(findings).toMatchObject([{ check: '7', status: 'error', message: 'undefined' }, { status: 'error' }]);
  });

  it('takes out what V8 quotes of what it could not parse', async () => {
    const findings = await examine(
      subject,
      async function* () {
        yield { ...ok, message: `the key: Unexpected token 'M', ..."vate_key":MIIEvSECRE"... is not valid JSON` };
        JSON.parse('{"private_key":MIIEvSECRET}');
      },
      options(),
    );
    expect(findings.map(({ message }) => message)).toEqual(['the key: what is not valid JSON', 'what is not valid JSON']);
  });

  it('keeps secrets out, also those that would be cut, and bounds texts', async () => {
    const how = options();
    how.redactor.add('a-long-secret');
    const findings = await examine(
      { scope: 'sink', name: 'a-long-secret' },
      async function* () {
        yield { check: 'a-long-secret', status: 'error', message: `${'x'.repeat(1995)}a-long-secret`, mend: 'not a-long-secret' };
      },
      how,
    );
    expect(JSON.stringify(findings)).not.toContain('a-lon');
    expect(findings[0]?.message.length).toBeLessThan(2010);
  });
});

it('knows what to do about every kind of failure', () => {
  for (const kind of ['unauthorized', 'forbidden', 'not-found', 'timeout', 'quota', 'defect', 'unavailable'] as const) {
    expect(failureFound(new PermanentError('no', { kind }), subject).mend).toMatch(/^\w.{10,}/);
  }
  expect(failureFound(new PermanentError('no', { kind: 'server' }), subject).mend).toBe('try again later: kpi doctor --providers docs');
});
