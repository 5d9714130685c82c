import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { existsSync, readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';

/** The part of `dns.Resolver` that is used. */
export interface AddressResolver {
  resolve4(host: string, callback: (error: NodeJS.ErrnoException | null, addresses: string[]) => void): void;
  resolve6(host: string, callback: (error: NodeJS.ErrnoException | null, addresses: string[]) => void): void;
}

/** DNS has no such name, or there is no DNS: the system may know of other ways. */
const asksSystem: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED', 'EBADNAME']);

/**
 * A `lookup` for sockets that asks DNS without a thread of the process. `dns.lookup` holds one for as long as the answer takes, and
 * libuv gives such calls two for the whole process: of 50 lookups of 50 ms at once the last took 1,275 ms (measured on Node 26), which
 * would be told as the site's own slowness, and one name whose DNS is dead would stop all others.
 * https://nodejs.org/api/dns.html#implementation-considerations
 *
 * What only the system knows is still asked of it: names in `systemNames` (the hosts file), without a dot, under `.local` and
 * `.localhost`, and whatever DNS has no address for.
 */
export function createLookup(resolver: AddressResolver, systemNames: ReadonlySet<string>, system = systemLookup): LookupFunction {
  return (host, options, callback) => {
    const answer = (found: LookupAddress[]) => {
      const first = found[0] as LookupAddress;
      if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    };
    const askSystem = () => {
      system(host, { all: true }, (error, found) => (error ? callback(error, []) : answer(found)));
    };
    if (isSystemName(host, systemNames)) return askSystem();

    const found: { 4: LookupAddress[]; 6: LookupAddress[] } = { 4: [], 6: [] };
    const errors: NodeJS.ErrnoException[] = [];
    let waiting = 2;
    const take = (family: 4 | 6) => (error: NodeJS.ErrnoException | null, addresses: string[]) => {
      if (error) errors.push(error);
      else found[family] = addresses.map((address) => ({ address, family }));
      waiting -= 1;
      if (waiting > 0) return;
      const all = [...found[4], ...found[6]];
      const dead = errors.find((one) => !asksSystem.has(one.code));
      if (all.length > 0) answer(all);
      else if (dead) callback(dead, []);
      else askSystem();
    };
    resolver.resolve4(host, take(4));
    resolver.resolve6(host, take(6));
  };
}

/** The names in the system's hosts file; undefined where it is not known, and the system is to be asked for all. */
export function namesOfHostsFile(path = '/etc/hosts'): ReadonlySet<string> | undefined {
  if (!existsSync(path)) return undefined;
  const lines = readFileSync(path, 'utf8').split('\n');
  return new Set(lines.flatMap((line) => line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/).slice(1)));
}

function isSystemName(host: string, systemNames: ReadonlySet<string>): boolean {
  const name = host.replace(/\.$/, '').toLowerCase();
  return !name.includes('.') || /\.(local|localhost)$/.test(name) || systemNames.has(name);
}
