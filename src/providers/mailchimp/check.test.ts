import { describe, expect, it } from 'vitest';
import { checkAll } from '../../testing/contract/check.ts';
import type { Fault } from '../../testing/stand-in.ts';
import { faults, startMailchimp } from '../../testing/stand-ins/mailchimp/index.ts';
import { runKey } from '../../testing/stand-ins/mailchimp/run.ts';
import { mailchimp } from './index.ts';

async function check(settings: object = {}, ids: readonly string[] = ['aa11', 'bb22'], fault?: Fault) {
  const standIn = await startMailchimp({ key: runKey, lists: ids.map((id) => ({ id })) });
  try {
    standIn.misbehave(fault);
    const seen = await checkAll(mailchimp, { apiKey: runKey, baseUrl: standIn.url, ...settings });
    expect(standIn.unexpected).toEqual([]);
    return { ...seen, said: seen.findings.map(({ check, status, message }) => `${check} ${status}: ${message}`) };
  } finally {
    await standIn.close();
  }
}

describe('the check', () => {
  it('says that the key is accepted, and what it sees', async () => {
    expect((await check()).said).toEqual(['credential ok: the key is accepted', 'lists ok: the account has 2 lists']);
    expect((await check({ lists: ['bb22'] })).said).toEqual(['credential ok: the key is accepted', 'lists ok: 1 of 1 are there']);
  });

  it('says which lists are not there', async () => {
    const missing = ['x1', 'x2', 'x3', 'x4', 'x5', 'x6'];
    expect((await check({ lists: ['aa11', ...missing] })).said.at(-1)).toBe(
      'lists warning: 6 of 7 are not in the account: x1, x2, x3, x4, x5 and 1 more',
    );
    expect((await check({ lists: ['x1'] })).said.at(-1)).toBe('lists error: 1 of 1 are not in the account: x1');
    expect((await check({}, [])).said.at(-1)).toBe('lists warning: the account has 0 lists');
  });

  it('says what to do about a key that is not accepted', async () => {
    const { findings, error } = await check({ apiKey: 'ffffffffffffffffffffffffffffffff-us19' });
    expect(error).toBeUndefined();
    expect(findings).toEqual([
      {
        check: 'credential',
        status: 'error',
        message: 'Mailchimp does not accept the key: it is wrong or was revoked',
        mend: 'make a key at https://admin.mailchimp.com/account/api/, and set it where "apiKey" takes it from',
      },
    ]);
  });

  it('leaves what is no matter of the key to the usual words', async () => {
    const { findings, error } = await check({}, [], faults['403-rate']);
    expect(findings).toEqual([]);
    expect(error).toMatchObject({ kind: 'rate-limited' });
  });
});
