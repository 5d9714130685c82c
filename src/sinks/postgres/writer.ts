import { type Entry, PermanentError, type Rejection, type SinkContext } from '../../sdk/index.ts';
import { readCatalogue } from './catalogue.ts';
import type { Connection } from './connection.ts';
import { requireVersion } from './migrations.ts';
import { lackOf, planTable, type TablePlan } from './plan.ts';
import { createRows, type Rows } from './rows.ts';
import type { Settings } from './settings.ts';
import { upsert } from './sql.ts';
import { makeReady } from './tables.ts';

export interface Writer {
  /** Writes a batch, a statement for each table. Returns what is refused for good; rejects where the rest could not be written. */
  put(batch: readonly Entry[]): Promise<readonly Rejection[]>;
}

/** How a measurement is written: by one statement, or not at all. */
type Way = { readonly statement: string; readonly rows: Rows } | { readonly refused: string };

type Surroundings = Pick<SinkContext, 'measurement' | 'tags' | 'autoInit' | 'now'>;

export function createWriter(connection: Connection, settings: Settings, context: Surroundings): Writer {
  const { schema } = settings;
  const ways = new Map<string, Way>();

  /** Looks what there is of these measurements, and makes what is missing where that may be. `more`: tags besides the config's. */
  async function learn(names: readonly string[], more: readonly string[] = []): Promise<void> {
    if (names.length === 0) return;
    const declared = names.map((name) => context.measurement(name));
    const tags = [...new Set([...context.tags, ...more])];
    const catalogue = await readCatalogue(connection.query, schema, names);
    requireVersion(schema, catalogue.version);
    let plans: readonly TablePlan[] = declared.map((one) => planTable(schema, catalogue, one, tags));
    const isReady = catalogue.version > 0 && plans.every((plan) => plan.refused !== undefined || lackOf(plan) === undefined);
    if (!isReady && context.autoInit) {
      plans = (await makeReady(connection, settings, declared, { tags, now: context.now })).plans;
    } else if (!isReady) {
      const lack = plans.map((plan) => (plan.refused === undefined ? lackOf(plan) : undefined)).find((one) => one !== undefined);
      const what = catalogue.version === 0 ? `the schema ${schema} has no tables of kpi in ` : `${lack} in the schema ${schema} of `;
      throw new PermanentError(`${what}${connection.where}: run \`kpi db init\``, { kind: 'unavailable' });
    }
    for (const { table, refused } of plans) {
      const fields = Object.entries(table.fields).map(([name, { kind }]) => [name, kind] as const);
      ways.set(
        table.name,
        refused === undefined ? { statement: upsert(schema, table), rows: createRows({ tags: table.tags, fields }) } : { refused },
      );
    }
  }

  /** Before a row is made: a statement takes the rows of one shape. */
  async function learnFor(batch: readonly Entry[]): Promise<void> {
    const names = new Set<string>();
    for (const { point } of batch) if (!ways.has(point.measurement)) names.add(point.measurement);
    await learn([...names]);
  }

  async function put(batch: readonly Entry[]): Promise<readonly Rejection[]> {
    await learnFor(batch);
    const rejected: Rejection[] = [];
    const used = new Map<string, Exclude<Way, { readonly refused: string }>>();
    let tagsToLearn: { readonly name: string; readonly tags: Set<string> } | undefined;
    let index = 0;
    for (const entry of batch) {
      const { measurement } = entry.point;
      const way = ways.get(measurement) as Way;
      if ('refused' in way) rejected.push({ index, reason: way.refused });
      else {
        used.set(measurement, way);
        const unfit = way.rows.add(entry);
        if (unfit?.unknown === 'tag' && context.autoInit) {
          tagsToLearn ??= { name: measurement, tags: new Set() };
          if (tagsToLearn.name === measurement) tagsToLearn.tags.add(unfit.name as string);
        } else if (unfit) rejected.push({ index, reason: `${measurement}: ${unfit.reason}` });
      }
      index++;
    }
    const statements = [...used.values()].map(({ statement, rows }) => ({ statement, waves: rows.take() }));
    if (tagsToLearn) {
      // A tag that the config no longer has, in an entry that waited: with its column, all of the batch is written anew.
      await learn([tagsToLearn.name], [...tagsToLearn.tags]);
      return await put(batch);
    }
    for (const { statement, waves } of statements) for (const columns of waves) await connection.query(statement, columns);
    return rejected;
  }

  return {
    async put(batch) {
      try {
        return await put(batch);
      } catch (error) {
        // Somebody may have changed a table: the next batch looks again.
        ways.clear();
        throw error;
      }
    },
  };
}
