import { type Finding, messageOf, PermanentError, type ProviderContext } from '../../sdk/index.ts';

/** Of packages, or of owners: enough to see whether the feed and the names are right. */
const mostNames = 20;

export interface Names {
  /** The setting that has them: the name of the finding. */
  readonly setting: string;
  readonly names: readonly string[];
  /** Rejects with a `PermanentError` of kind `not-found` where the feed does not list it. */
  find(name: string): Promise<unknown>;
  readonly mend: string;
}

/** For `kpi doctor`: whether the feed lists the first of the names. */
export async function listedFinding({ setting, names, find, mend }: Names, context: ProviderContext): Promise<Finding> {
  const asked = names.slice(0, mostNames);
  const missing: string[] = [];
  for (const name of asked) {
    try {
      await find(name);
    } catch (error) {
      context.signal.throwIfAborted();
      // What else goes wrong is no matter of one name.
      if (!(error instanceof PermanentError) || error.kind !== 'not-found') throw error;
      missing.push(messageOf(error));
    }
  }
  const most = names.length > asked.length ? ` (the first ${asked.length} of ${names.length} were asked for)` : '';
  if (missing.length === 0) return { check: setting, status: 'ok', message: `${asked.length} of ${asked.length} are listed${most}` };
  const [first = '', ...further] = missing;
  const message = `${first}${further.length > 0 ? `; and ${further.length} more like it` : ''}${most}`;
  return { check: setting, status: missing.length === asked.length ? 'error' : 'warning', message, mend };
}
