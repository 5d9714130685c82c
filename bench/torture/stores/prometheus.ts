import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from '../store.ts';
import { identitiesInSeries } from './series.ts';
import { findProgram, freePort, startServer } from './server.ts';

const window = '90d';

/** Prometheus as Debian installs it, with a window. Its log is on the disk when it answers. */
export const prometheus: Kind = {
  rerun: 'keepsFirst',
  missing: () => (findProgram('prometheus') ? undefined : 'prometheus is not installed here; to install it: apt-get install -y prometheus'),
  async start(parent) {
    const dir = join(parent, 'prometheus');
    mkdirSync(dir);
    const file = join(dir, 'prometheus.yml');
    writeFileSync(file, `storage: { tsdb: { out_of_order_time_window: ${window} } }\n`);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = await startServer({
      path: findProgram('prometheus') ?? '',
      args: [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(dir, 'data')}`,
        '--storage.tsdb.retention.time=100y',
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
        '--log.level=error',
      ],
      dir,
      isReady: async () => (await fetch(`${url}/-/ready`)).ok,
    });
    return {
      port,
      entry: (at) => ({ type: 'prometheus', url: `http://127.0.0.1:${at}/api/v1/write`, outOfOrderWindow: window }),
      identities: () => identitiesInSeries(url),
      stop: server.stop,
      start: server.start,
      close: server.close,
    };
  },
};
