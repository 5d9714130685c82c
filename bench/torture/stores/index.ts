import type { Kind } from '../store.ts';
import { exec } from './exec.ts';
import { file } from './file.ts';
import { influxdb } from './influxdb.ts';
import { kafka } from './kafka.ts';
import { postgres } from './postgres.ts';
import { prometheus } from './prometheus.ts';
import { sqlite } from './sqlite.ts';
import { victoriametrics } from './victoriametrics.ts';

/** Every store that can be tortured, by the name of its sink, or of the server that one has besides. */
export const kinds: Readonly<Record<string, Kind>> = { sqlite, postgres, file, influxdb, prometheus, victoriametrics, kafka, exec };
