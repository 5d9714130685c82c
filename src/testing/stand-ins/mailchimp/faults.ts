import {
  bodyFault,
  type Fault,
  type FaultName,
  firstOfEach,
  type StandInAnswer,
  type StandInRequest,
  transportFault,
} from '../../stand-in.ts';
import { problem } from './answers.ts';

// biome-ignore lint/suspicious/noExplicitAny: any part of an answer, which a fault spoils
type Json = any;

/** The number that a fault of numbers spoils, by the property in which the items are. */
const counts: Readonly<Record<string, readonly string[]>> = {
  lists: ['stats', 'member_count'],
  activity: ['unique_opens'],
  history: ['subscribed'],
  reports: ['emails_sent'],
  automations: ['emails_sent'],
};

/** Spoils that number in the first item of each answer. */
function first(name: FaultName, change: (value: number) => unknown): Fault {
  return bodyFault(name, (json) => {
    const found = firstCount(json);
    if (found === undefined) return undefined;
    found.of[found.name] = change(found.of[found.name]);
    return json;
  });
}

/** The same, in a form that only text can have. */
function firstText(name: FaultName, spelling: string): Fault {
  return bodyFault(name, (json) => {
    const found = firstCount(json);
    if (found === undefined) return undefined;
    found.of[found.name] = '<here>';
    return JSON.stringify(json).replace('"<here>"', spelling);
  });
}

function firstCount(json: Json): { readonly of: Json; readonly name: string } | undefined {
  const property = Object.keys(counts).find((one) => Array.isArray(json?.[one]) && json[one].length > 0);
  if (property === undefined) return undefined;
  const path = [...(counts[property] ?? [])];
  const name = path.pop() ?? '';
  let of = json[property][0];
  for (const step of path) of = of[step];
  return { of, name };
}

/** One in the answer, and one in each of its items. */
function extraFields(): Fault {
  return bodyFault('extra-field', (json) => {
    const somethingNew = { deep: [1] };
    const inner = Object.entries(json).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((item) => ({ ...item, somethingNew })) : value,
    ]);
    return { ...Object.fromEntries(inner), somethingNew };
  });
}

function answers(name: FaultName, answer: StandInAnswer): Fault {
  return { name, act: ({ send }) => send(answer) };
}

function isReports({ path }: StandInRequest): boolean {
  return path.endsWith('/reports');
}

/** The second page has the campaigns of the first. */
function pageTwice(): Fault {
  let model: Json;
  let second: string | null = null;
  return bodyFault(
    'page-twice',
    (json, { query }) => {
      const offset = query.get('offset');
      if (offset === '0') {
        model = json.reports;
        second = String(json.reports.length);
      }
      return offset !== '0' && offset === second ? { ...json, reports: model } : undefined;
    },
    isReports,
  );
}

/** Every page is full of campaigns that were on none before, and says that there are far more. */
function endlessPages(): Fault {
  let model: Json;
  return bodyFault(
    'endless-pages',
    (json, { query }) => {
      const offset = Number(query.get('offset'));
      if (offset === 0) model = json.reports[0];
      const length = Number(query.get('count'));
      return { total_items: 1_000_000, reports: Array.from({ length }, (_, place) => ({ ...model, id: `endless${offset + place}` })) };
    },
    isReports,
  );
}

/**
 * What Mailchimp can do wrong. A wait is never told by Mailchimp, but what stands before it may tell one. The pages' faults need campaigns
 * on more than two pages.
 */
export const faults: Partial<Record<FaultName, Fault>> = {
  refuse: transportFault('refuse'),
  hang: transportFault('hang'),
  drip: transportFault('drip'),
  reset: transportFault('reset'),
  truncate: transportFault('truncate'),
  'html-200': transportFault('html-200'),
  'error-200': transportFault('error-200'),
  '202': transportFault('202'),
  '204': transportFault('204'),
  'redirect-loop': transportFault('redirect-loop'),
  '401': answers('401', problem(401, 'API Key Invalid', 'Your API key may be invalid.')),
  '403-scope': answers('403-scope', problem(403, 'User action not permitted', 'User does not have access to the requested operation')),
  /** "429 or 403 without a JSON body". https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits */
  '403-rate': answers('403-rate', { status: 403 }),
  '403-html': transportFault('403-html'),
  '404': answers('404', problem(404, 'Resource Not Found', 'The requested resource could not be found.')),
  '413': transportFault('413'),
  '429-seconds': transportFault('429-seconds'),
  '429-date': transportFault('429-date'),
  '429-bare': answers('429-bare', problem(429, 'Too Many Requests', 'You have exceeded the limit of 10 simultaneous connections.')),
  '429-absurd': transportFault('429-absurd'),
  '500-then-well': transportFault('500-then-well', firstOfEach()),
  '502-html': transportFault('502-html'),
  'page-twice': pageTwice(),
  'endless-pages': endlessPages(),
  'invalid-utf8': transportFault('invalid-utf8'),
  nan: firstText('nan', 'NaN'),
  'unsafe-integer': firstText('unsafe-integer', '9007199254740993'),
  negative: first('negative', () => -1),
  'number-as-string': first('number-as-string', String),
  'missing-field': first('missing-field', () => undefined),
  'extra-field': extraFields(),
  'falling-counter': first('falling-counter', (value) => Math.floor(value / 2)),
  'redirect-other-origin': transportFault('redirect-other-origin'),
};

export const cannot: Partial<Record<FaultName, string>> = {
  'cursor-repeats': 'Pages are numbered by `offset`; there is no cursor.',
};
