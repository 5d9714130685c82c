import type { Setup } from '../../sdk/index.ts';
import { servers } from './settings.ts';

/** What `kpi init` asks for InfluxDB. */
export const setup: Setup = {
  questions: [
    { setting: 'server', ask: 'Which server takes the lines?', choices: servers },
    { setting: 'url', ask: 'InfluxDB: its address', example: 'http://localhost:8086' },
    { setting: 'org', ask: 'InfluxDB: the organisation', example: 'petabridge', when: { setting: 'server', is: ['influxdb2'] } },
    {
      setting: 'bucket',
      ask: 'InfluxDB: the bucket, or the database of InfluxDB 3',
      default: 'kpi',
      when: { setting: 'server', is: ['influxdb2', 'influxdb3'] },
    },
  ],
  secrets: [
    {
      setting: 'token',
      variable: 'INFLUX_TOKEN',
      what: 'a token of InfluxDB',
      // https://docs.influxdata.com/influxdb/v2/admin/tokens/
      scope: 'to write to the bucket and to read it; for `kpi db init`, which makes the bucket, to make buckets too',
      when: { setting: 'server', is: ['influxdb2', 'influxdb3'] },
    },
  ],
};
