import { bodyFault, type Fault, type FaultName, type StandInRequest, transportFault } from '../../stand-in.ts';
import { cursorOf, placeOf } from './answers.ts';

// biome-ignore lint/suspicious/noExplicitAny: any part of an answer, which a fault spoils
type Json = any;

/** Spoils the first repository of each answer. */
function repository(name: FaultName, change: (one: Json) => void): Fault {
  return bodyFault(name, (json) => {
    const one = firstRepository(json);
    if (one === undefined) return undefined;
    change(one);
    return json;
  });
}

function firstRepository(json: Json): Json {
  const data = json.data ?? {};
  return data.r0 ?? data.owner?.repositories.nodes[0] ?? undefined;
}

/** The stars of all repositories in a form that only text can have. */
function starsText(name: FaultName, spelling: string): Fault {
  return bodyFault(name, (json) => JSON.stringify(json).replace(/"stargazerCount":\d+/, `"stargazerCount":${spelling}`));
}

/** Spoils an owner's pages. */
function pages(name: FaultName, change: (page: Json, after: string | null, request: StandInRequest) => void): Fault {
  return bodyFault(name, (json, request) => {
    const page = json.data?.owner?.repositories;
    if (page === undefined) return undefined;
    change(page, JSON.parse(request.body).variables.after, request);
    return json;
  });
}

/** The second page has the repositories of the first. */
function pageTwice(): Fault {
  let first: Json;
  let second: string | undefined;
  return pages('page-twice', (page, after) => {
    if (after === null) {
      first = page.nodes;
      second = page.pageInfo.endCursor;
    } else if (after === second) page.nodes = first;
  });
}

/** What GitHub can do wrong. The pages' faults need an owner with more than one page. */
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
  '401': transportFault('401'),
  '403-scope': transportFault('403-scope'),
  '403-rate': transportFault('403-rate'),
  '403-html': transportFault('403-html'),
  '404': transportFault('404'),
  '413': transportFault('413'),
  '429-seconds': transportFault('429-seconds'),
  '429-date': transportFault('429-date'),
  '429-bare': transportFault('429-bare'),
  '429-absurd': transportFault('429-absurd'),
  '500-then-well': transportFault('500-then-well'),
  '502-html': transportFault('502-html'),
  'page-twice': pageTwice(),
  /** After the last page it begins again, and each cursor is a new one. */
  'endless-pages': pages('endless-pages', ({ pageInfo }, _after, { number }) => {
    pageInfo.endCursor = cursorOf(pageInfo.hasNextPage ? placeOf(pageInfo.endCursor) : 0, String(number));
    pageInfo.hasNextPage = true;
  }),
  'cursor-repeats': pages('cursor-repeats', ({ pageInfo }, after) => {
    if (after !== null) Object.assign(pageInfo, { hasNextPage: true, endCursor: after });
  }),
  'invalid-utf8': transportFault('invalid-utf8'),
  nan: starsText('nan', 'NaN'),
  'unsafe-integer': starsText('unsafe-integer', '9007199254740993'),
  negative: repository('negative', (one) => {
    one.stargazerCount = -1;
  }),
  'number-as-string': repository('number-as-string', (one) => {
    one.stargazerCount = String(one.stargazerCount);
  }),
  'missing-field': repository('missing-field', (one) => {
    delete one.stargazerCount;
  }),
  'extra-field': repository('extra-field', (one) => {
    one.somethingNew = { deep: [1] };
  }),
  'falling-counter': repository('falling-counter', (one) => {
    one.stargazerCount = Math.floor(one.stargazerCount / 2);
  }),
  'redirect-other-origin': transportFault('redirect-other-origin'),
};

/** All of the list can happen here. */
export const cannot: Partial<Record<FaultName, string>> = {};
