import { bodyFault, type Fault, type FaultName, firstOfEach, type StandInRequest } from '../../stand-in.ts';
import { cursorOf, placeOf } from './answers.ts';
import { faults } from './faults.ts';

// biome-ignore lint/suspicious/noExplicitAny: any part of an answer, which a fault spoils
type Json = any;

/** The lists of repositories that are read page by page. */
type List = 'stargazers' | 'releases';

function isRest({ path }: StandInRequest): boolean {
  return path !== '/graphql';
}

/** What can go wrong whatever is answered. */
const plain: readonly FaultName[] = [
  'refuse',
  'hang',
  'drip',
  'reset',
  'truncate',
  'html-200',
  'error-200',
  '202',
  '204',
  'redirect-loop',
  '401',
  '403-scope',
  '403-rate',
  '403-html',
  '404',
  '413',
  '429-seconds',
  '429-date',
  '429-bare',
  '429-absurd',
  '500-then-well',
  '502-html',
  'invalid-utf8',
  'redirect-other-origin',
];

/** What the REST API can do wrong: GraphQL is well meanwhile. */
export const restFaults: Partial<Record<FaultName, Fault>> = {
  ...Object.fromEntries(plain.map((name) => [name, onlyRest(faults[name] as Fault)])),
  nan: countText('nan', 'NaN'),
  'unsafe-integer': countText('unsafe-integer', '9007199254740993'),
  negative: counts('negative', () => -1),
  'number-as-string': counts('number-as-string', String),
  'missing-field': counts('missing-field', () => undefined),
  'extra-field': bodyFault(
    'extra-field',
    (json) => (Array.isArray(json) ? json.map((one) => ({ ...one, new: [1] })) : { ...json, new: 1 }),
    isRest,
  ),
  'falling-counter': counts('falling-counter', (count) => Math.floor(count / 2)),
};

const noPages = 'What is asked of the REST API has no pages: a fortnight of days, and lists of ten.';
export const restCannot: Partial<Record<FaultName, string>> = {
  'page-twice': noPages,
  'endless-pages': noPages,
  'cursor-repeats': noPages,
};

/** The fault of once befalls each request of REST. */
function onlyRest(fault: Fault): Fault {
  return { ...fault, when: fault.name === '500-then-well' ? firstOfEach(isRest) : isRest };
}

/** The count of the first row of each answer. */
function counts(name: FaultName, change: (count: number) => unknown): Fault {
  return bodyFault(
    name,
    (json) => {
      const [row] = Array.isArray(json) ? json : (json.views ?? json.clones ?? []);
      if (row === undefined) return undefined;
      row.count = change(row.count);
      return json;
    },
    isRest,
  );
}

function countText(name: FaultName, spelling: string): Fault {
  const spoil = (json: Json) =>
    JSON.stringify(json).replace(/"count":\d+(?=,"uniques":\d+[,}])(?!.*"views":|.*"clones":)/, `"count":${spelling}`);
  return bodyFault(name, spoil, isRest);
}

/** What GraphQL can do wrong with such a list. The pages' faults need one with more than one page. */
export function listFaults(list: List): Partial<Record<FaultName, Fault>> {
  return {
    ...Object.fromEntries(plain.map((name) => [name, faults[name]])),
    'page-twice': pageTwice(list),
    /** After the last page it begins again, and each cursor is a new one. */
    'endless-pages': pages(list, 'endless-pages', ({ pageInfo }, _after, { number }) => {
      pageInfo.endCursor = cursorOf(pageInfo.hasNextPage ? placeOf(pageInfo.endCursor) : 0, String(number));
      pageInfo.hasNextPage = true;
    }),
    'cursor-repeats': pages(list, 'cursor-repeats', ({ pageInfo }, after) => {
      if (after !== null) Object.assign(pageInfo, { hasNextPage: true, endCursor: after });
    }),
    nan: totalText(list, 'nan', 'NaN'),
    'unsafe-integer': totalText(list, 'unsafe-integer', '9007199254740993'),
    negative: totals(list, 'negative', () => -1),
    'number-as-string': totals(list, 'number-as-string', String),
    'missing-field': totals(list, 'missing-field', () => undefined),
    'extra-field': totals(list, 'extra-field', (count, page) => {
      page.new = { deep: [1] };
      return count;
    }),
    'falling-counter': totals(list, 'falling-counter', (count) => Math.floor(count / 2)),
  };
}

/** Spoils the pages of the first repository of each answer. */
function pages(list: List, name: FaultName, change: (page: Json, after: string | null, request: StandInRequest) => void): Fault {
  return bodyFault(name, (json, request) => {
    const page = json.data?.r0?.[list];
    if (page === undefined) return undefined;
    change(page, JSON.parse(request.body).variables.a0, request);
    return json;
  });
}

/** The second page has what the first had. */
function pageTwice(list: List): Fault {
  const items = list === 'stargazers' ? 'edges' : 'nodes';
  let first: Json;
  let second: string | undefined;
  return pages(list, 'page-twice', (page, after) => {
    if (after === null) {
      first = page[items];
      second = page.pageInfo.endCursor;
    } else if (after === second) page[items] = first;
  });
}

function totals(list: List, name: FaultName, change: (count: number, page: Json) => unknown): Fault {
  return pages(list, name, (page) => {
    const asset = list === 'releases' ? page.nodes[0]?.releaseAssets.nodes[0] : undefined;
    if (asset) asset.downloadCount = change(asset.downloadCount, asset);
    else page.totalCount = change(page.totalCount, page);
  });
}

function totalText(list: List, name: FaultName, spelling: string): Fault {
  const number = list === 'releases' ? /"downloadCount":\d+/ : /"totalCount":\d+/;
  return bodyFault(name, (json) => JSON.stringify(json).replace(number, (text) => text.replace(/\d+/, spelling)));
}
