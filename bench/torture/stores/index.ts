import type { Kind } from '../store.ts';
import { exec } from './exec.ts';
import { file } from './file.ts';
import { influxdb } from './influxdb.ts';
import { sqlite } from './sqlite.ts';

/** Every store that can be tortured, by the name of its sink. */
export const kinds: Readonly<Record<string, Kind>> = { sqlite, file, influxdb, exec };
