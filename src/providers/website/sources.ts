import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import { breathing } from './breathing.ts';
import { columnNames } from './columns.ts';
import { readRow } from './row-site.ts';
import type { Rows } from './rows.ts';
import type { Settings, Site, Source } from './schema.ts';
import { readFileSource } from './source-file.ts';

/** What one source names, and what is to be said of it. */
interface Loaded {
  /** Those that are checked on its behalf: the active ones that nothing before it names. */
  readonly sites: readonly Site[];
  readonly problems: readonly { readonly item: string; readonly message: string }[];
  readonly notices: readonly { readonly item: string; readonly message: string }[];
}

/** The sites of `sitesFrom`, each source read once. */
export interface Sources {
  load(index: number, context: ProviderContext): Promise<Loaded>;
}

/** `sites` are those by their tag that stand in the config; what is loaded is added. */
export function openSources({ sitesFrom }: Settings, sites: Map<string, Site>): Sources {
  const loaded: Promise<Loaded>[] = [];
  /** Tag → where it was named. */
  const named = new Map([...sites.keys()].map((tag) => [tag, '"sites"']));

  function load(index: number, context: ProviderContext): Promise<Loaded> {
    const known = loaded[index] ?? read(index, context);
    loaded[index] = known;
    return known;
  }

  async function read(index: number, context: ProviderContext): Promise<Loaded> {
    // In their order, so that of two that name a site the same one is taken each time. What fails is told by its own target.
    if (index > 0) await load(index - 1, context).catch(() => {});
    const source = sitesFrom[index];
    if (!source) throw new PermanentError(`there is no source ${index}`, { kind: 'defect' });
    return await take(nameOf(sitesFrom, index), await rowsFrom(source, context), context);
  }

  async function take(name: string, { rows, cutAt }: Rows, { signal }: ProviderContext): Promise<Loaded> {
    const taken: Site[] = [];
    const problems: { item: string; message: string }[] = [];
    const notices: { item: string; message: string }[] = [];
    const unknown = new Set<string>();
    let inactive = 0;
    for await (const row of breathing(rows)) {
      signal.throwIfAborted();
      const read = readRow(row, unknown);
      const item = `${read.place} of ${name}`;
      if ('fault' in read) problems.push({ item, message: read.fault });
      else if (!read.site) inactive += 1;
      if ('fault' in read || !read.site) continue;
      const { site: tag } = read.site;
      const other = sites.get(tag);
      if (!other) {
        sites.set(tag, read.site);
        named.set(tag, item);
        taken.push(read.site);
      } else if (JSON.stringify(other) !== JSON.stringify(read.site)) {
        const before = named.get(tag) ?? '';
        const message = `${JSON.stringify(tag)} is checked as ${before} says, which is otherwise: give one of them another name`;
        (before.endsWith(` of ${name}`) ? problems : notices).push({ item, message });
      }
    }
    if (cutAt !== undefined)
      problems.push({ item: name, message: `more than ${rows.length} rows are not taken: those from ${cutAt} on are not checked` });
    if (unknown.size > 0) notices.push({ item: name, message: unknownText(unknown) });
    if (rows.length === 0) notices.push({ item: name, message: 'the query brought no row' });
    else if (inactive === rows.length)
      notices.push({ item: name, message: `names no active site: its rows (${inactive}) are all switched off` });
    return { sites: taken, problems, notices };
  }

  return { load };
}

/** How a source is called in the report: unlike any other of the instance. */
export function nameOf(sitesFrom: Settings['sitesFrom'], index: number): string {
  const names = sitesFrom.map((source) => ('file' in source ? source.file : 'the database'));
  const name = names[index] ?? '';
  return names.filter((one) => one === name).length > 1 ? `${name} (sitesFrom[${index}])` : name;
}

async function rowsFrom(source: Source, context: ProviderContext): Promise<Rows> {
  if ('file' in source) return await readFileSource(source, context.resolve(source.file));
  const { readDatabase } = await import('./source-database.ts');
  return await readDatabase(source, context);
}

function unknownText(unknown: ReadonlySet<string>): string {
  const some = [...unknown].slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)));
  const more = unknown.size > some.length ? ` and ${unknown.size - some.length} more` : '';
  return `what is called ${some.join(', ')}${more} is not read: known are ${columnNames.join(', ')}`;
}
