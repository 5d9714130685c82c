import { bodyFault, type Fault, type FaultName, firstOfEach, type StandInRequest, transportFault } from '../../stand-in.ts';

/** All but getting the token. */
function isApi({ path }: StandInRequest): boolean {
  return path.startsWith('/r/');
}

function isList({ path }: StandInRequest): boolean {
  return path.endsWith('/new');
}

/** Spoils the subscribers of a subreddit, and the comments on the first post of a page. */
function counts(name: FaultName, change: (count: number) => unknown): Fault {
  return bodyFault(
    name,
    ({ kind, data }) => {
      if (kind === 't5') return { kind, data: { ...data, subscribers: change(data.subscribers) } };
      const [first, ...rest] = data.children;
      if (first === undefined) return undefined;
      const spoilt = { ...first, data: { ...first.data, num_comments: change(first.data.num_comments) } };
      return { kind, data: { ...data, children: [spoilt, ...rest] } };
    },
    isApi,
  );
}

/** The same in a form that only text can have. */
function countText(name: FaultName, spelling: string): Fault {
  return bodyFault(
    name,
    (json) =>
      JSON.stringify(json)
        .replace(/"subscribers":\d+/, `"subscribers":${spelling}`)
        .replace(/"num_comments":\d+/, `"num_comments":${spelling}`),
    isApi,
  );
}

/** Every page but the first is the first again. */
function pageTwice(): Fault {
  const first = new Map<string, unknown>();
  return bodyFault(
    'page-twice',
    (json, { path, query }) => {
      if (query.get('after') !== null) return first.get(path);
      first.set(path, json);
      return undefined;
    },
    isList,
  );
}

/** Every page is full of posts that nobody has seen, none of them older than the first, and leads to a further one. */
function endlessPages(): Fault {
  let made = 0;
  const models = new Map<string, object>();
  return {
    name: 'endless-pages',
    when: isList,
    async act({ request, usual, send }) {
      if (request.query.get('after') === null) {
        const { data } = (await usual()).body as { readonly data: { readonly children: readonly { readonly data: object }[] } };
        models.set(request.path, data.children[0]?.data ?? {});
      }
      const data = models.get(request.path);
      const children = Array.from({ length: 100 }, () => {
        made += 1;
        return { kind: 't3', data: { ...data, name: `t3_endless${made}` } };
      });
      send({ body: { kind: 'Listing', data: { after: `t3_endless${made}`, dist: 100, children } } });
    },
  };
}

/** The cursor of the second page leads to the second page. */
function cursorRepeats(): Fault {
  return bodyFault(
    'cursor-repeats',
    ({ kind, data }, { query }) => {
      const after = query.get('after');
      return after === null ? undefined : { kind, data: { ...data, after } };
    },
    isList,
  );
}

/** What this upstream can do wrong. The token is given well. */
export const faults: Partial<Record<FaultName, Fault>> = {
  refuse: transportFault('refuse', isApi),
  hang: transportFault('hang', isApi),
  drip: transportFault('drip', isApi),
  reset: transportFault('reset', isApi),
  truncate: transportFault('truncate', isApi),
  'html-200': transportFault('html-200', isApi),
  'error-200': transportFault('error-200', isApi),
  '202': transportFault('202', isApi),
  '204': transportFault('204', isApi),
  'redirect-loop': transportFault('redirect-loop', isApi),
  '401': { name: '401', when: isApi, act: ({ send }) => send({ status: 401, body: { message: 'Unauthorized', error: 401 } }) },
  '403-scope': { name: '403-scope', when: isApi, act: ({ send }) => send({ status: 403, body: { message: 'Forbidden', error: 403 } }) },
  /** Seconds from now, and numbers with a fraction. */
  '403-rate': {
    name: '403-rate',
    when: isApi,
    act: ({ send }) => {
      const headers = { 'x-ratelimit-used': '1000', 'x-ratelimit-remaining': '0.0', 'x-ratelimit-reset': '60' };
      send({ status: 403, headers, body: { message: 'Forbidden', error: 403 } });
    },
  },
  '403-html': {
    name: '403-html',
    when: isApi,
    act: ({ send }) => {
      const page = '<!doctype html><html><head><title>Blocked</title></head><body><h1>whoa there, pardner!</h1></body></html>';
      send({ status: 403, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: page });
    },
  },
  '404': { name: '404', when: isApi, act: ({ send }) => send({ status: 404, body: { message: 'Not Found', error: 404 } }) },
  '413': transportFault('413', isApi),
  '429-seconds': transportFault('429-seconds', isApi),
  '429-date': transportFault('429-date', isApi),
  '429-bare': transportFault('429-bare', isApi),
  '429-absurd': transportFault('429-absurd', isApi),
  '500-then-well': transportFault('500-then-well', firstOfEach(isApi)),
  '502-html': transportFault('502-html', isApi),
  'page-twice': pageTwice(),
  'endless-pages': endlessPages(),
  'cursor-repeats': cursorRepeats(),
  'invalid-utf8': transportFault('invalid-utf8', isApi),
  nan: countText('nan', 'NaN'),
  'unsafe-integer': countText('unsafe-integer', '9007199254740993'),
  negative: counts('negative', () => -1),
  'number-as-string': counts('number-as-string', String),
  'missing-field': counts('missing-field', () => undefined),
  'extra-field': bodyFault('extra-field', (json) => ({ ...json, somethingNew: { deep: [1] } }), isApi),
  'falling-counter': counts('falling-counter', (count) => Math.floor(count / 2)),
  'redirect-other-origin': transportFault('redirect-other-origin', isApi),
};

export const cannot: Partial<Record<FaultName, string>> = {};
