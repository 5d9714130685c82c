import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkAll } from '../../testing/contract/check.ts';
import { startWebsite } from '../../testing/stand-ins/website/index.ts';
import { website } from './index.ts';

async function checked(sitesOf: (url: string) => readonly object[]) {
  const standIn = await startWebsite();
  try {
    return { ...(await checkAll(website, { sites: sitesOf(standIn.url), timeout: '2s' })), requests: standIn.requests };
  } finally {
    await standIn.close();
  }
}

it('is content with any answer, asks by HEAD, and sends nothing of the config but the address', async () => {
  const { findings, requests } = await checked((url) => [
    { name: 'shop', url: `${url}/status/503`, method: 'POST', body: 'buy', headers: { 'x-key': 'key-of-probe' } },
    { name: 'moved', url: `${url}/redirect/3` },
  ]);
  expect(findings).toEqual([{ check: 'access', status: 'ok', message: 'all 2 sites answer' }]);
  expect(requests.map(({ method, path, body, headers }) => [method, path, body, headers['x-key']])).toEqual([
    ['HEAD', '/status/503', '', undefined],
    ['HEAD', '/redirect/3', '', undefined],
  ]);
});

it('says which cannot be reached, and why', async () => {
  const { findings } = await checked((url) => [
    { name: 'home', url: `${url}/` },
    { name: 'typo', url: 'http://no-such-host.invalid/' },
    { name: 'off', url: 'http://127.0.0.1:1/' },
  ]);
  expect(findings).toEqual([
    {
      check: 'access',
      status: 'warning',
      message: 'typo is not known to DNS; off refuses the connection',
      mend: 'correct the address in "sites"; a site that is down is told by its points',
    },
  ]);
});

it('only warns where none can be reached: that is data, with which a run is well', async () => {
  const { findings } = await checked(() => [{ name: 'off', url: 'http://127.0.0.1:1/' }]);
  expect(findings).toMatchObject([{ status: 'warning', mend: expect.stringContaining("this machine's DNS") }]);
});

it('only warns of authorities that some sites do without: a run brings the others', async () => {
  const { findings } = await checked((url) => [
    { name: 'a', url: `${url}/a`, ca: ['/no/such.pem'] },
    { name: 'b', url: `${url}/b` },
  ]);
  expect(findings).toMatchObject([
    { check: 'authorities', status: 'warning' },
    { check: 'access', status: 'ok' },
  ]);
});

it('asks the first five', async () => {
  const { findings, requests } = await checked((url) => Array.from({ length: 7 }, (_, index) => ({ url: `${url}/site/${index}` })));
  expect(findings[0]?.message).toBe('all 5 sites answer (the first 5 of 7 were asked)');
  expect(requests).toHaveLength(5);
});

it('reads the authorities', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-doctor-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'none.pem'), 'no certificate');
  const { findings } = await checked((url) => [{ url: `${url}/`, ca: [join(dir, 'none.pem')] }]);
  expect(findings).toMatchObject([
    { check: 'authorities', status: 'error', message: expect.stringContaining('none.pem'), mend: expect.stringContaining('"ca"') },
    { check: 'access', status: 'ok', message: 'the site answers' },
  ]);
});
