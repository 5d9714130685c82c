// A stand-in in a process of its own, so that it does not share the thread of what is measured. Arguments: which, how many, latency.
// Its address (of `everything`: the entries that ask it) is the first line of output; it ends with its standard input.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manyRepositories, startGithub } from '../src/testing/stand-ins/github/index.ts';
import { startWebsite } from '../src/testing/stand-ins/website/index.ts';
import { startEverything } from './everything-server.ts';

const [which = '', count = '0', latency = '0'] = process.argv.slice(2);
const latencyMs = Number(latency);

if (which === 'github') {
  const github = await startGithub({ repositories: manyRepositories('acme', Number(count)), latencyMs });
  console.log(github.url);
  process.stdin.on('data', () => console.log(github.requests.length));
} else if (which === 'website') {
  const website = await startWebsite({ latencyMs });
  console.log(website.url);
  process.stdin.on('data', () => console.log(website.requests.length));
} else if (which === 'everything') {
  console.log(JSON.stringify(await startEverything(latencyMs)));
  process.stdin.resume();
} else {
  // Takes line protocol, or remote write, and forgets it.
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  process.stdin.resume();
}
process.stdin.on('end', () => process.exit(0));
