import type { ProviderContext } from '../../sdk/context.ts';
import { messageOf } from '../../sdk/errors.ts';
import type { Finding } from '../../sdk/provider.ts';
import { type Client, createClient, filter } from './client.ts';
import { Filter, Items } from './schema.ts';
import type { Settings } from './settings.ts';
import { findTags } from './tags.ts';

const mostTags = 20;
const appsPage = 'https://stackapps.com/apps/oauth/register';
const neededFields = ['.total', '.backoff', '.quota_max', '.quota_remaining'];

/** Whether the site and its tags are there, the key is known, and the filter tells what is needed. */
export async function* check(settings: Settings, context: ProviderContext): AsyncGenerator<Finding> {
  const client = createClient(settings);
  const asked = settings.tagged.slice(0, mostTags);
  const found = await findTags(asked, settings, client, context);
  yield credentialFinding(settings);
  const wrong = [...found.values()].filter((one) => one instanceof Error);
  const most = settings.tagged.length > asked.length ? ` (the first ${asked.length} of ${settings.tagged.length} were asked for)` : '';
  const [first] = wrong;
  if (first === undefined) {
    yield { check: 'tags', status: 'ok', message: `${asked.length} of ${asked.length} are tags of ${settings.site}${most}` };
  } else {
    yield {
      check: 'tags',
      status: wrong.length === asked.length ? 'error' : 'warning',
      message: `${messageOf(first)}${wrong.length > 1 ? `; and ${wrong.length - 1} more like it` : ''}${most}`,
      mend: 'correct "tagged": https://stackoverflow.com/tags finds tags, and each site has such a page',
    };
  }
  yield await filterFinding(client, context);
}

function credentialFinding({ key }: Settings): Finding {
  if (key !== undefined) return { check: 'credential', status: 'ok', message: 'the key is accepted' };
  return {
    check: 'credential',
    status: 'warning',
    message: 'without a key, 300 requests a day are shared with all who use this address, as other jobs of a hosted runner do',
    mend: `register an app at ${appsPage}, and set its key as "key"`,
  };
}

/** What the fixed filter includes: without `.backoff`, a pause that is asked for would not be seen. */
async function filterFinding(client: Client, context: ProviderContext): Promise<Finding> {
  const call = { method: '/filters/{filters}', path: `/filters/${encodeURIComponent(filter)}`, query: {}, what: 'the filter' };
  const { items } = await client.ask(context, call, Items);
  const included = new Set(Filter.safeParse(items[0]).data?.included_fields);
  const hidden = neededFields.filter((field) => !included.has(field));
  if (hidden.length === 0) return { check: 'filter', status: 'ok', message: 'totals, pauses and the quota are told in every answer' };
  return {
    check: 'filter',
    status: 'warning',
    message: `the filter of the answers does not include ${hidden.join(', ')}`,
    mend: 'report this to the makers of kpi: their filter does not fit this API',
  };
}
