import type { Kind } from '../store.ts';
import { exec } from './exec.ts';
import { file } from './file.ts';
import { influxdb } from './influxdb.ts';
import { kafka } from './kafka.ts';
import { postgres } from './postgres.ts';
import { prometheus } from './prometheus.ts';
import { sqlite } from './sqlite.ts';

/** Every store that can be tortured, by the name of its sink. */
export const kinds: Readonly<Record<string, Kind>> = { sqlite, postgres, file, influxdb, prometheus, kafka, exec };
