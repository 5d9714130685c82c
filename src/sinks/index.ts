import type { AnySink } from '../sdk/sink.ts';

/** Every sink by its name. Nothing is loaded until it is asked for. */
export const sinks: Readonly<Record<string, () => Promise<AnySink>>> = {
  exec: async () => (await import('./exec/index.ts')).exec,
  file: async () => (await import('./file/index.ts')).file,
  influxdb: async () => (await import('./influxdb/index.ts')).influxdb,
  kafka: async () => (await import('./kafka/index.ts')).kafka,
  postgres: async () => (await import('./postgres/index.ts')).postgres,
  prometheus: async () => (await import('./prometheus/index.ts')).prometheus,
  sqlite: async () => (await import('./sqlite/index.ts')).sqlite,
};
