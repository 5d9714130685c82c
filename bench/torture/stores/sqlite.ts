import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { identityOf, isCollected, type Kind } from '../store.ts';

/** Columns that are no tags. */
const others = new Set(['series', 'time', 'run_id', 'collected_at', 'provisional']);

export const sqlite: Kind = {
  rerun: 'merges',
  async start(dir) {
    const path = join(dir, 'store.db');
    let lock: DatabaseSync | undefined;
    return {
      entry: () => ({ type: 'sqlite', path }),
      async identities() {
        if (!existsSync(path)) return [];
        const db = new DatabaseSync(path, { readOnly: true });
        try {
          return [...identitiesIn(db)];
        } finally {
          db.close();
        }
      },
      async count() {
        if (!existsSync(path)) return 0;
        const db = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
        try {
          return countIn(db);
        } finally {
          db.close();
        }
      },
      // Another program holds it for itself.
      async stop() {
        lock = new DatabaseSync(path, { timeout: 10_000 });
        lock.exec('begin immediate');
      },
      async start() {
        lock?.close();
        lock = undefined;
      },
      close: async () => lock?.close(),
    };
  },
};

function countIn(db: DatabaseSync): number {
  const tables = db.prepare(`select name from sqlite_master where type = 'table'`).all();
  const collected = tables.map(({ name }) => String(name)).filter(isCollected);
  return collected.reduce((all, name) => all + Number(db.prepare(`select count(*) as n from "${name}"`).get()?.n), 0);
}

function* identitiesIn(db: DatabaseSync): Generator<string> {
  const declared = db.prepare('select name, declaration from kpi_measurement').all();
  for (const { name, declaration } of declared) {
    if (!isCollected(String(name))) continue;
    const { fields } = JSON.parse(String(declaration));
    for (const row of db.prepare(`select * from "${name}"`).all()) {
      const tags = Object.entries(row).filter(([column, value]) => !others.has(column) && !(column in fields) && value !== '');
      yield identityOf(String(name), Object.fromEntries(tags) as Record<string, string>, new Date(String(row.time)));
    }
  }
}
