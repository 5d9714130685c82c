import { gunzipSync, gzipSync } from 'node:zlib';
import { type Fault, type FaultName, firstOfEach, type StandInAnswer, type StandInRequest, transportFault } from '../../stand-in.ts';

function isCounting({ path }: StandInRequest): boolean {
  return path.startsWith('/2.3/questions');
}

/** Spoils the text of what would have been a good answer, and compresses it again. */
function spoilt(name: FaultName, change: (text: string) => string | Uint8Array): Fault {
  return {
    name,
    when: isCounting,
    async act({ usual, send }) {
      const good = await usual();
      const text = textOf(good);
      const changed = change(text);
      if (changed === text) return false;
      send({ ...good, body: gzipSync(changed) });
    },
  };
}

function textOf({ body }: StandInAnswer): string {
  return body instanceof Uint8Array ? gunzipSync(body).toString() : '';
}

/** The total in another form. */
function totals(name: FaultName, spelling: (total: string) => string): Fault {
  return spoilt(name, (text) => text.replace(/"total":(\d+)/, (_, total: string) => `"total":${spelling(total)}`));
}

/** As the API says it: https://api.stackexchange.com/docs/error-handling */
function refusal(name: FaultName, id: number, errorName: string, message: string): Fault {
  const body = gzipSync(JSON.stringify({ error_id: id, error_message: message, error_name: errorName }));
  const headers = { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' };
  return { name, when: isCounting, act: ({ send }) => send({ status: 400, headers, body }) };
}

/** What this upstream can do wrong. It befalls every count; the tags themselves are found well. */
export const faults: Partial<Record<FaultName, Fault>> = {
  refuse: transportFault('refuse', isCounting),
  hang: transportFault('hang', isCounting),
  drip: transportFault('drip', isCounting),
  reset: transportFault('reset', isCounting),
  truncate: transportFault('truncate', isCounting),
  'html-200': transportFault('html-200', isCounting),
  'error-200': transportFault('error-200', isCounting),
  '202': transportFault('202', isCounting),
  '204': transportFault('204', isCounting),
  'redirect-loop': transportFault('redirect-loop', isCounting),
  '401': refusal('401', 402, 'invalid_access_token', 'access_token is not valid'),
  '403-scope': refusal('403-scope', 403, 'access_denied', 'this application may not do that'),
  '403-rate': refusal('403-rate', 502, 'throttle_violation', 'too many requests from this IP, more requests available in 60 seconds'),
  '403-html': transportFault('403-html', isCounting),
  '404': refusal('404', 404, 'no_method', 'no method found with this name'),
  '413': transportFault('413', isCounting),
  '429-seconds': transportFault('429-seconds', isCounting),
  '429-date': transportFault('429-date', isCounting),
  '429-bare': refusal('429-bare', 502, 'throttle_violation', 'Violation of backoff parameter'),
  '429-absurd': refusal(
    '429-absurd',
    502,
    'throttle_violation',
    'too many requests from this IP, more requests available in 315360000 seconds',
  ),
  '500-then-well': { ...refusal('500-then-well', 500, 'internal_error', 'an unexpected error occurred'), when: firstOfEach(isCounting) },
  '502-html': transportFault('502-html', isCounting),
  'invalid-utf8': spoilt('invalid-utf8', (text) =>
    Buffer.concat([Buffer.from(`${text.slice(0, -1)},"note":"`), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
  ),
  nan: totals('nan', () => 'NaN'),
  'unsafe-integer': totals('unsafe-integer', () => '9007199254740993'),
  negative: totals('negative', () => '-1'),
  'number-as-string': totals('number-as-string', (total) => `"${total}"`),
  'missing-field': spoilt('missing-field', (text) => text.replace(/,?"total":\d+/, '')),
  'extra-field': spoilt('extra-field', (text) => text.replace(/^\{/, '{"something_new":{"deep":[1]},')),
  'falling-counter': totals('falling-counter', (total) => String(Math.floor(Number(total) / 2))),
  'redirect-other-origin': transportFault('redirect-other-origin', isCounting),
};

const noPages = 'No list is read: every count comes as one total, and 20 tags at most on one page.';
export const cannot: Partial<Record<FaultName, string>> = {
  'page-twice': noPages,
  'endless-pages': noPages,
  'cursor-repeats': noPages,
};
