import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from '../store.ts';
import { identitiesInSeries } from './series.ts';
import { findProgram, freePort, startServer } from './server.ts';

/**
 * VictoriaMetrics as Debian installs it, through the sink `prometheus`. It answers before its disk has the samples, and loses those of the last
 * seconds when it is killed, so it is not stopped: it only cannot be reached.
 * https://docs.victoriametrics.com/victoriametrics/single-server-victoriametrics/#troubleshooting
 */
export const victoriametrics: Kind = {
  rerun: 'appends',
  missing: () =>
    findProgram('victoria-metrics')
      ? undefined
      : 'victoria-metrics is not installed here; to install it: apt-get install -y victoria-metrics',
  async start(parent) {
    const dir = join(parent, 'victoriametrics');
    mkdirSync(dir);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = await startServer({
      path: findProgram('victoria-metrics') ?? '',
      args: [`-storageDataPath=${join(dir, 'data')}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y', '-loggerLevel=ERROR'],
      dir,
      isReady: async () => (await fetch(`${url}/health`)).ok,
    });
    return {
      port,
      entry: (at) => ({ type: 'prometheus', server: 'victoriametrics', url: `http://127.0.0.1:${at}/api/v1/write` }),
      async identities() {
        // What has just come is not found yet.
        await fetch(`${url}/internal/force_flush`);
        return await identitiesInSeries(url);
      },
      close: server.close,
    };
  },
};
