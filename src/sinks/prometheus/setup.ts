import type { Setup } from '../../sdk/index.ts';
import { servers } from './settings.ts';

/** What `kpi init` asks for Prometheus. */
export const setup: Setup = {
  questions: [
    { setting: 'server', ask: 'Which server takes remote write? (Mimir and Grafana Cloud: prometheus)', choices: servers },
    { setting: 'url', ask: 'Prometheus: the whole address that takes remote write', example: 'http://localhost:9090/api/v1/write' },
    {
      setting: 'outOfOrderWindow',
      ask: 'Prometheus: its out_of_order_time_window; without one, points older than an hour are skipped',
      default: '0s',
      when: { setting: 'server', is: ['prometheus'] },
    },
  ],
  secrets: [],
};
