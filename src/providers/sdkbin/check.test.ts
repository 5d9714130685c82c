import { expect, it } from 'vitest';
import { checkAll } from '../../testing/contract/check.ts';
import { startSdkbin } from '../../testing/stand-ins/sdkbin/index.ts';
import { sdkbin } from './index.ts';

const packages = ['TurboMqtt', 'TurboMqtt.Hosting'].map((id) => ({
  id,
  owners: 'petabridge',
  versions: [{ version: '1.0.0', downloads: 1 }],
}));

async function checked(names: readonly string[], changed = (feed: string) => feed) {
  const standIn = await startSdkbin({ packages });
  try {
    return await checkAll(sdkbin, { feed: changed(standIn.feed), packages: names });
  } finally {
    await standIn.close();
  }
}

it('finds the feed and the packages', async () => {
  expect((await checked(['turbomqtt'])).findings).toEqual([
    { check: 'access', status: 'ok', message: 'the key opens the feed, and its service index names a search service' },
    { check: 'packages', status: 'ok', message: '1 of 1 are listed' },
  ]);
});

it('names what is not listed', async () => {
  const { findings } = await checked(['TurboMqtt', 'Turbo']);
  expect(findings.at(-1)).toMatchObject({ status: 'warning', message: expect.stringMatching(/^no package Turbo is listed/) });
});

it('throws what a wrong key is answered with, without the key', async () => {
  const { findings, error } = await checked(['TurboMqtt'], (feed) => feed.replace('key-of-', 'no-key-of-'));
  expect(findings).toEqual([]);
  expect(error).toMatchObject({ name: 'BlockedError', kind: 'unauthorized', message: expect.not.stringContaining('key-of-') });
});
