import { openFeed } from '../../protocols/nuget/feed.ts';
import { findOwned } from '../../protocols/nuget/owner.ts';
import { findPackage } from '../../protocols/nuget/package.ts';
import { packagePoints } from '../../protocols/nuget/points.ts';
import { distinctIds, keyOf, type Package } from '../../protocols/nuget/schema.ts';
import {
  BlockedError,
  defineProvider,
  type Failure,
  type NextError,
  type Point,
  type ProviderContext,
  TransientError,
} from '../../sdk/index.ts';
import { check } from './check.ts';
import { nugetPackage, nugetPackageVersion } from './measurements.ts';
import { Settings } from './settings.ts';
import { versionPoints } from './versions.ts';

/** One package, or all listed packages of one owner. */
export type Target = { readonly kind: 'package'; readonly id: string } | { readonly kind: 'owner'; readonly owner: string };

/** Packages of nuget.org, or of another feed with a NuGet v3 service index. */
export const nuget = defineProvider<Settings, Target>({
  name: 'nuget',
  help: 'Downloads and versions of NuGet packages.',
  settings: Settings,
  example: { packages: ['Akka'], owners: ['petabridge'], versions: true, serviceIndex: 'https://api.nuget.org/v3/index.json' },
  setup: {
    questions: [
      { setting: 'owners[]', ask: 'NuGet: owners whose packages are all collected', example: 'petabridge' },
      { setting: 'packages[]', ask: 'NuGet: single packages besides', example: 'Akka, Akka.Hosting' },
    ],
    secrets: [],
  },

  measurements: (settings) => (settings.versions ? [nugetPackage, nugetPackageVersion] : [nugetPackage]),

  limits: (settings) => [
    {
      name: 'feed',
      key: ['nuget', new URL(settings.serviceIndex).origin],
      concurrency: 8,
      // The v3 search is not limited at present; 8 at a time is modest.
      source: 'https://learn.microsoft.com/en-us/nuget/api/rate-limits',
    },
  ],

  targets: (settings) => [
    ...distinctIds(settings.packages).map((id): Target => ({ kind: 'package', id })),
    ...distinctIds(settings.owners).map((owner): Target => ({ kind: 'owner', owner })),
  ],

  label: (target) => (target.kind === 'package' ? `package ${target.id}` : `owner ${target.owner}`),

  judge,

  async connect(settings, context) {
    const feed = await openFeed(settings.serviceIndex, context);
    // A package that is named is collected by its own target, and one that two owners share by the first of them.
    const taken = new Set(settings.packages.map((id) => keyOf(id)));
    return {
      async *collect(target, inner) {
        if (target.kind === 'package') {
          yield* pointsOf(await findPackage(feed, target.id, inner), settings.versions, inner);
          return;
        }
        for (const found of await findOwned(feed, target.owner, inner)) {
          const key = keyOf(found.id);
          if (taken.has(key)) continue;
          taken.add(key);
          yield* pointsOf(found, settings.versions, inner);
        }
      },
      async close() {},
    };
  },

  check,
});

/** NuGet says in words how long to wait, and that a quota is used up. https://learn.microsoft.com/en-us/nuget/api/rate-limits */
function judge({ response }: Failure): NextError | undefined {
  if (response?.status === 429 && !response.headers.has('retry-after')) {
    const seconds = /try again in (\d{1,9}) second/i.exec(response.body)?.[1];
    if (!seconds) return undefined;
    const retryAfterMs = Number(seconds) * 1000;
    return new TransientError(`the feed asks to wait ${seconds} s before the next request`, { kind: 'rate-limited', retryAfterMs });
  }
  if (response?.status === 403 && /quota exceeded/i.test(response.body)) {
    return new BlockedError('the feed says that the quota of this address is used up: try again later', { kind: 'quota' });
  }
  return undefined;
}

function* pointsOf(found: Package, versions: boolean, context: ProviderContext): Iterable<Point> {
  yield* packagePoints(found, nugetPackage, context);
  if (versions) yield* versionPoints(found, context);
}
