import { bodyFault, type Fault, type FaultName, transportFault } from '../../stand-in.ts';
import { isSearch, type NugetOptions, type NugetStandIn, faults as nugetFaults, startNuget } from '../nuget/index.ts';

export interface SdkbinOptions extends Pick<NugetOptions, 'packages' | 'pageSize' | 'searchUrl' | 'behind'> {
  /** Stands in the path of every address. Default `key-of-sdkbin-0123456789`. */
  readonly key?: string;
}

export interface SdkbinStandIn extends NugetStandIn {
  readonly key: string;
  /** With the key in it: the provider's `feed`. */
  readonly feed: string;
}

/**
 * Starts a feed as Sdkbin's customers have it: NuGet V3 with the key in its path. Of what Sdkbin's search understands nothing is
 * published, so it knows words, and none of nuget.org's conditions. https://github.com/petabridge/TurboMqtt
 */
export async function startSdkbin(options: SdkbinOptions): Promise<SdkbinStandIn> {
  const { key = 'key-of-sdkbin-0123456789', behind = [0], ...rest } = options;
  const standIn = await startNuget({ ...rest, behind, understands: [], prefix: `/auth/${key}` });
  return Object.defineProperties(standIn, { key: { value: key }, feed: { value: standIn.serviceIndex } }) as SdkbinStandIn;
}

/** Any page but the first is the first again. */
function pageTwice(): Fault {
  const first = new Map<string, unknown>();
  return bodyFault(
    'page-twice',
    (json, { query }) => {
      const words = query.get('q') ?? '';
      if (query.get('skip') !== '0') return first.get(words);
      first.set(words, json);
      return undefined;
    },
    isSearch,
  );
}

/** Every page is full of what was not asked for, and says that there is far more. */
const endlessPages = bodyFault(
  'endless-pages',
  (json, { query }) => {
    const model = json.data[0];
    const from = Number(query.get('skip'));
    const data = Array.from({ length: 100 }, (_, place) => ({ ...model, id: `Endless.${from + place}` }));
    return { totalHits: 1_000_000, data };
  },
  isSearch,
);

/** What this upstream can do wrong: that of NuGet's feeds, without nuget.org's own words for its limits. */
export const faults: Partial<Record<FaultName, Fault>> = {
  ...nugetFaults,
  '403-rate': transportFault('403-rate', isSearch),
  '429-seconds': transportFault('429-seconds', isSearch),
  'page-twice': pageTwice(),
  'endless-pages': endlessPages,
};

export { cannot } from '../nuget/index.ts';
