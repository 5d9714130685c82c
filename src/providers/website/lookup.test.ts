import { type lookup, Resolver } from 'node:dns';
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type DnsOptions, type DnsServer, startDns } from '../../testing/stand-ins/website/index.ts';
import { createLookup, namesOfHostsFile } from './lookup.ts';

let dns: DnsServer | undefined;
afterEach(() => {
  dns?.close();
  dns = undefined;
});

async function resolverFor(options: DnsOptions): Promise<Resolver> {
  dns = await startDns(options);
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([dns.server]);
  return resolver;
}

function systemThatKnows(addresses: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const system = ((host: string, _options: unknown, callback: (error: Error | null, found: unknown[]) => void) => {
    asked.push(host);
    const address = addresses[host];
    const error = Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' });
    callback(address ? null : error, address ? [{ address, family: 4 }] : []);
  }) as typeof lookup;
  return { system, asked };
}

function find(lookupOf: LookupFunction, host: string, options = { all: true }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    lookupOf(host, options, (error, found, family) => (error ? reject(error) : resolve(options.all ? found : [found, family])));
  });
}

describe('a name', () => {
  it('is asked of DNS, and not of the system', async () => {
    const { system, asked } = systemThatKnows({});
    const look = createLookup(await resolverFor({ address: () => '127.0.0.9' }), new Set(), system);
    expect(await find(look, 'here.example')).toEqual([{ address: '127.0.0.9', family: 4 }]);
    expect(await find(look, 'here.example', { all: false })).toEqual(['127.0.0.9', 4]);
    expect(asked).toEqual([]);
  });

  it('that DNS does not know is asked of the system', async () => {
    const { system, asked } = systemThatKnows({ 'there.example': '127.0.0.2' });
    const look = createLookup(await resolverFor({ address: () => undefined }), new Set(), system);
    expect(await find(look, 'there.example')).toEqual([{ address: '127.0.0.2', family: 4 }]);
    await expect(find(look, 'nowhere.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(asked).toEqual(['there.example', 'nowhere.example']);
  });

  it.each(['pinned.example', 'localhost', 'intranet', 'printer.local', 'app.localhost', 'Pinned.example.'])(
    'that is the system’s own is asked of it alone: %s',
    async (host) => {
      const { system, asked } = systemThatKnows({ [host]: '127.0.0.3' });
      const look = createLookup(await resolverFor({ address: () => '127.0.0.9' }), new Set(['pinned.example']), system);
      expect(await find(look, host)).toEqual([{ address: '127.0.0.3', family: 4 }]);
      expect(asked).toEqual([host]);
    },
  );

  it('whose DNS is dead fails by itself, and holds no thread of the system', async () => {
    const { system, asked } = systemThatKnows({});
    const look = createLookup(await resolverFor({ latencyMs: () => Number.POSITIVE_INFINITY }), new Set(), system);
    await expect(find(look, 'dead.example')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    expect(asked).toEqual([]);
  });

  it('does not wait for another whose DNS is slow', async () => {
    const latencyMs = (host: string) => (host.startsWith('slow') ? 150 : 0);
    const look = createLookup(await resolverFor({ latencyMs }), new Set());
    const order: string[] = [];
    const note = async (host: string) => {
      await find(look, host);
      order.push(host);
    };
    const slow = Array.from({ length: 8 }, (_, index) => note(`slow${index}.example`));
    await note('quick.example');
    expect(order).toEqual(['quick.example']);
    await Promise.all(slow);
  });
});

describe('the hosts file', () => {
  it('gives its names', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'kpi-hosts-')), 'hosts');
    writeFileSync(path, '# none.example\n127.0.0.1\tlocalhost  Here.Example # not.example\n\n::1 ip6-localhost\n');
    expect(namesOfHostsFile(path)).toEqual(new Set(['localhost', 'here.example', 'ip6-localhost']));
  });

  it('may be somewhere else', () => {
    expect(namesOfHostsFile('/no/such/hosts')).toBeUndefined();
  });
});
