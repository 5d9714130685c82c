import {
  bodyFault,
  type Fault,
  type FaultName,
  firstOfEach,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
  startStandIn,
  transportFault,
} from '../../stand-in.ts';

/** A package of the stand-in's feed. Plain data. */
export interface NugetPackage {
  readonly id: string;
  /** One name, or several, as the feed would answer; `null`: it does not tell. */
  readonly owners: string | readonly string[] | null;
  /** In ascending order. */
  readonly versions: readonly { readonly version: string; readonly downloads: number; readonly listed?: boolean }[];
  /** Absent: the sum over all versions, the unlisted included; `null`: the feed does not tell. */
  readonly totalDownloads?: number | null;
}

export interface NugetOptions {
  readonly packages: readonly NugetPackage[];
  /** One number for each search endpoint: how many downloads of each package it has not counted yet. Default `[25, 0]`. */
  readonly behind?: readonly number[];
  /** The type of the search service; other types of it are listed beside it at addresses that answer 404. Default `SearchQueryService/3.5.0`. */
  readonly searchType?: string;
  /** Conditions such as `owner:` that it understands; it ignores others, and then answers with all packages. Default all. */
  readonly understands?: readonly string[];
  /** It never answers with more than this on a page. Default 1,000, as nuget.org. */
  readonly pageSize?: number;
  readonly latencyMs?: number;
  /** Where the searches are, when that is another server. */
  readonly searchUrl?: string;
  /** Begins every path: `/auth/KEY`. What begins otherwise is answered 401, as a wrong key is. Default none. */
  readonly prefix?: string;
}

export interface NugetStandIn extends StandIn {
  /** The address of the service index: the provider's `serviceIndex`. */
  readonly serviceIndex: string;
}

const searchPaths = /\/search\/(\d+)\/query$/;

/**
 * Starts a NuGet feed: a service index and its search endpoints. https://learn.microsoft.com/en-us/nuget/api/search-query-service-resource
 */
export async function startNuget(options: NugetOptions): Promise<NugetStandIn> {
  const behind = options.behind ?? [25, 0];
  const { prefix = '' } = options;
  const standIn = await startStandIn(
    (request) => {
      if (request.method !== 'GET') throw new Error('only GET is known');
      if (!request.path.startsWith(`${prefix}/`)) return { status: 401, body: { message: 'Unauthorized' } };
      if (request.path === `${prefix}/v3/index.json`)
        return { body: serviceIndex((options.searchUrl ?? standIn.url) + prefix, behind.length, options.searchType) };
      const place = searchPaths.exec(request.path)?.[1];
      const lag = place === undefined ? undefined : behind[Number(place)];
      if (lag === undefined) throw new Error('no such resource');
      return search(request, options, lag);
    },
    { ...(options.latencyMs !== undefined && { latencyMs: options.latencyMs }) },
  );
  return Object.defineProperty(standIn, 'serviceIndex', { value: `${standIn.url}${prefix}/v3/index.json` }) as NugetStandIn;
}

function serviceIndex(url: string, endpoints: number, searchType = 'SearchQueryService/3.5.0') {
  const places = Array.from({ length: endpoints }, (_, place) => place);
  const comment = 'Query endpoint of NuGet Search service';
  return {
    version: '3.0.0',
    resources: [
      {
        '@id': `${url}/registration-gz-semver2/`,
        '@type': 'RegistrationsBaseUrl/3.6.0',
        comment: 'Base URL of package registration blobs',
      },
      { '@id': `${url}/plain/query`, '@type': 'SearchQueryService', comment },
      ...places.map((place) => ({ '@id': `${url}/search/${place}/query`, '@type': searchType, comment })),
      { '@id': `${url}/autocomplete`, '@type': 'SearchAutocompleteService', comment: 'Autocomplete endpoint' },
    ],
  };
}

function search({ query }: StandInRequest, options: NugetOptions, lag: number): StandInAnswer {
  const skip = wholeNumber(query.get('skip'), 0, 3000, 'skip');
  const take = wholeNumber(query.get('take'), 20, 1000, 'take');
  const prerelease = query.get('prerelease') === 'true';
  const semVer2 = (query.get('semVerLevel') ?? '') >= '2.0.0';
  const wanted = conditionOf(query.get('q') ?? '', options.understands ?? ['packageid', 'owner', 'id']);
  const hits = options.packages.filter(wanted).flatMap((one) => {
    const listed = one.versions.filter(
      ({ version, listed: isListed = true }) => isListed && (prerelease || !isPrerelease(version)) && (semVer2 || !isSemVer2(version)),
    );
    return listed.length > 0 ? [resultOf(one, listed, lag)] : [];
  });
  return { body: { totalHits: hits.length, data: hits.slice(skip, skip + Math.min(take, options.pageSize ?? 1000)) } };
}

function resultOf(one: NugetPackage, listed: NugetPackage['versions'], lag: number) {
  const total = one.totalDownloads === undefined ? one.versions.reduce((sum, { downloads }) => sum + downloads, 0) : one.totalDownloads;
  const registration = `https://feed.example/registration/${one.id.toLowerCase()}/index.json`;
  return {
    '@id': registration,
    '@type': 'Package',
    registration,
    id: one.id,
    version: listed.at(-1)?.version,
    description: `${one.id} does what it says.`,
    tags: [],
    authors: ['Somebody'],
    ...(one.owners !== null && { owners: one.owners }),
    ...(total !== null && { totalDownloads: Math.max(0, total - lag) }),
    verified: true,
    packageTypes: [{ name: 'Dependency' }],
    versions: listed.map(({ version, downloads }, place) => ({
      version,
      // What is not counted yet is missing from the newest version.
      downloads: place === listed.length - 1 ? Math.max(0, downloads - lag) : downloads,
      '@id': registration.replace('index.json', `${version.toLowerCase()}.json`),
    })),
    vulnerabilities: [],
  };
}

/** Exact and in any case for `packageid:` and `owner:`, a part for `id:` and free words; what it does not know it ignores. */
function conditionOf(q: string, understands: readonly string[]): (one: NugetPackage) => boolean {
  const [, property, value] = /^(\w+):(.*)$/.exec(q) ?? [];
  const word = (value ?? q).toLowerCase();
  if (property !== undefined && !understands.includes(property.toLowerCase())) return () => true;
  switch (property?.toLowerCase()) {
    case 'packageid':
      return ({ id }) => id.toLowerCase() === word;
    case 'owner':
      return ({ owners }) => [owners ?? []].flat().some((owner) => owner.toLowerCase() === word);
    default:
      return ({ id }) => id.toLowerCase().includes(word);
  }
}

function wholeNumber(text: string | null, usual: number, most: number, name: string): number {
  if (text === null) return usual;
  if (!/^\d+$/.test(text) || Number(text) > most) throw new Error(`${name} must be a whole number of at most ${most}, not ${text}`);
  return Number(text);
}

function isPrerelease(version: string): boolean {
  return version.split('+')[0]?.includes('-') === true;
}

/** A dot in the prerelease label, or build metadata. */
function isSemVer2(version: string): boolean {
  return version.includes('+') || /-[^+]*\./.test(version);
}

export function isSearch({ path }: StandInRequest): boolean {
  return searchPaths.test(path);
}

/** Spoils the total of each package on the page. */
function totals(name: FaultName, change: (total: number) => unknown): Fault {
  return bodyFault(name, (json) => ({ ...json, data: json.data.map(spoil) }), isSearch);
  function spoil(one: { readonly totalDownloads: number }) {
    return { ...one, totalDownloads: change(one.totalDownloads) };
  }
}

/** Each total in a form that only text can have. */
function totalText(name: FaultName, spelling: string): Fault {
  return bodyFault(name, (json) => JSON.stringify(json).replace(/"totalDownloads":\d+/g, `"totalDownloads":${spelling}`), isSearch);
}

/** Any page but the first is the first again. */
function pageTwice(): Fault {
  const first = new Map<string, unknown>();
  return bodyFault(
    'page-twice',
    (json, { path, query }) => {
      if (query.get('skip') !== '0') return first.get(path + query.get('q'));
      first.set(path + query.get('q'), json);
      return undefined;
    },
    isSearch,
  );
}

/** An owner's every page is full and says that there is far more. */
function endlessPages(): Fault {
  const models = new Map<string, { readonly id: string }>();
  return bodyFault(
    'endless-pages',
    (json, { path, query }) => {
      const key = path + query.get('q');
      const model = json.data[0] ?? models.get(key);
      if (!model || !query.get('q')?.startsWith('owner:')) return undefined;
      models.set(key, model);
      const start = Number(query.get('skip'));
      return { totalHits: 1_000_000, data: Array.from({ length: 500 }, (_, place) => ({ ...model, id: `Endless.${start + place}` })) };
    },
    isSearch,
  );
}

/** What this upstream can do wrong. All but `page-twice` and `endless-pages` befall every search. */
export const faults: Partial<Record<FaultName, Fault>> = {
  refuse: transportFault('refuse', isSearch),
  hang: transportFault('hang', isSearch),
  drip: transportFault('drip', isSearch),
  reset: transportFault('reset', isSearch),
  truncate: transportFault('truncate', isSearch),
  'html-200': transportFault('html-200', isSearch),
  'error-200': transportFault('error-200', isSearch),
  '202': transportFault('202', isSearch),
  '204': transportFault('204', isSearch),
  'redirect-loop': transportFault('redirect-loop', isSearch),
  '401': transportFault('401', isSearch),
  '403-scope': transportFault('403-scope', isSearch),
  /** In NuGet's words. https://learn.microsoft.com/en-us/nuget/api/rate-limits */
  '403-rate': {
    name: '403-rate',
    when: isSearch,
    act: (scene) => scene.send({ status: 403, body: { statusCode: 403, message: 'Quota exceeded.' } }),
  },
  '403-html': transportFault('403-html', isSearch),
  '404': transportFault('404', isSearch),
  '413': transportFault('413', isSearch),
  '429-seconds': {
    name: '429-seconds',
    when: isSearch,
    act: (scene) => scene.send({ status: 429, body: { statusCode: 429, message: 'Rate limit is exceeded. Try again in 7 seconds.' } }),
  },
  '429-date': transportFault('429-date', isSearch),
  '429-bare': transportFault('429-bare', isSearch),
  '429-absurd': transportFault('429-absurd', isSearch),
  '500-then-well': transportFault('500-then-well', firstOfEach(isSearch)),
  '502-html': transportFault('502-html', isSearch),
  'page-twice': pageTwice(),
  'endless-pages': endlessPages(),
  'invalid-utf8': transportFault('invalid-utf8', isSearch),
  nan: totalText('nan', 'NaN'),
  'unsafe-integer': totalText('unsafe-integer', '9007199254740993'),
  negative: totals('negative', () => -1),
  'number-as-string': totals('number-as-string', String),
  'missing-field': totals('missing-field', () => undefined),
  'extra-field': bodyFault('extra-field', (json) => ({ ...json, somethingNew: { deep: [1] } }), isSearch),
  'falling-counter': totals('falling-counter', (total) => Math.floor(total / 2)),
  'redirect-other-origin': transportFault('redirect-other-origin', isSearch),
};

export const cannot: Partial<Record<FaultName, string>> = {
  'cursor-repeats': 'Pages are numbered by `skip`; there is no cursor.',
};
