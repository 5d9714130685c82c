import { expect, it, onTestFinished } from 'vitest';
import { startSdkbin } from './index.ts';

const packages = ['Kit', 'Kit.Hosting'].map((id) => ({ id, owners: 'petabridge', versions: [{ version: '1.0.0', downloads: 3 }] }));

async function asked(path: string) {
  const standIn = await startSdkbin({ packages, key: 'key-1' });
  onTestFinished(() => standIn.close());
  const answer = await fetch(standIn.url + path);
  return {
    status: answer.status,
    body: (await answer.json()) as { readonly data?: readonly { id: string }[]; readonly resources?: unknown[] },
  };
}

it('has the key in every path, and answers 401 without it', async () => {
  expect((await asked('/auth/key-1/v3/index.json')).body.resources).toContainEqual(
    expect.objectContaining({ '@id': expect.stringContaining('/auth/key-1/search/0/query') }),
  );
  expect((await asked('/auth/key-2/v3/index.json')).status).toBe(401);
  expect((await asked('/v3/index.json')).status).toBe(401);
});

it('searches for words, and knows no condition', async () => {
  const query = '/auth/key-1/search/0/query?prerelease=true&semVerLevel=2.0.0&q=';
  expect((await asked(`${query}hosting`)).body.data?.map(({ id }) => id)).toEqual(['Kit.Hosting']);
  expect((await asked(`${query}packageid:Kit.Hosting`)).body.data).toHaveLength(2);
});
