import { expect } from 'vitest';
import { messageOf } from '../../sdk/errors.ts';
import type { AnyProvider, Finding } from '../../sdk/provider.ts';
import { createTestContext, type TestContextOptions, type TestParts } from '../context.ts';

export interface Checked {
  readonly findings: readonly Finding[];
  /** What the check threw, which `kpi doctor` takes for a finding. */
  readonly error: unknown;
}

/** All that a check tells. */
export async function findingsOf(check: AsyncIterable<Finding> | undefined): Promise<Checked> {
  const findings: Finding[] = [];
  try {
    for await (const found of check ?? []) findings.push(found);
    return { findings, error: undefined };
  } catch (error) {
    return { findings, error };
  }
}

/** A provider's check in a context of the engine's real parts, tried once. */
export async function checkAll(provider: AnyProvider, settings: unknown, options: TestContextOptions = {}): Promise<Checked & TestParts> {
  const { context, ...parts } = createTestContext(provider, settings, { policy: { tries: 1 }, ...options });
  return { ...parts, ...(await findingsOf(provider.check?.(parts.settings, context))) };
}

/** What every finding is: named, with a sentence, and a line that mends it where nothing thrown brings the usual one. */
export function expectWellFormed({ findings }: Checked): void {
  for (const found of findings) {
    expect(found.check).toMatch(/^[a-z][a-z0-9 -]{0,19}$/);
    expect(['ok', 'warning', 'error']).toContain(found.status);
    expect(found.message).toMatch(/^\S[^\n]*\S$/);
    if (found.status !== 'ok') expect(found.mend).toMatch(/^\S[^\n]*\S$/);
  }
}

/** Everything that could hold a secret. */
export function textsOf({ findings, error }: Checked): readonly string[] {
  return [...findings.flatMap((found) => [found.check, found.message, found.mend ?? '']), error === undefined ? '' : messageOf(error)];
}
