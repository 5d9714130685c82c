import { startInflux } from '../../../src/testing/stand-ins/influxdb/index.ts';
import { identityOf, isCollected, type Kind } from '../store.ts';

const token = 'a-token-for-the-torture';

/** The stand-in of InfluxDB 2: no server of it can be had from a package. */
export const influxdb: Kind = {
  rerun: 'overwrites',
  async start() {
    const server = await startInflux({ server: 'influxdb2', token, org: 'kpi', bucket: 'kpi' });
    return {
      port: Number(new URL(server.url).port),
      entry: (port) => ({ type: 'influxdb', url: `http://127.0.0.1:${port}`, org: 'kpi', bucket: 'kpi', token: '${INFLUX_TOKEN}' }),
      env: { INFLUX_TOKEN: token },
      async identities() {
        const rows = server.rows().filter(({ measurement }) => isCollected(measurement));
        return rows.map(({ measurement, tags, time }) => identityOf(measurement, tags, time));
      },
      close: () => server.close(),
    };
  },
};
