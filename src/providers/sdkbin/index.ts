import { findPackageByWords } from '../../protocols/nuget/package.ts';
import { packagePoints } from '../../protocols/nuget/points.ts';
import { distinctIds } from '../../protocols/nuget/schema.ts';
import { defineProvider } from '../../sdk/index.ts';
import { check } from './check.ts';
import { openSdkbin } from './feed.ts';
import { sdkbinPackage } from './measurements.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';

/** One package. */
export interface Target {
  readonly id: string;
}

/** Packages of a feed of Sdkbin, which is all that Sdkbin publishes of them: it has no API for statistics. */
export const sdkbin = defineProvider<Settings, Target>({
  name: 'sdkbin',
  help: 'Packages as a Sdkbin feed lists them: their versions, and downloads where it tells any.',
  settings: Settings,
  example: { feed: `\${SDKBIN_FEED}`, packages: ['TurboMqtt'] },
  setup,

  measurements: () => [sdkbinPackage],

  limits: ({ feed }) => [
    { name: 'feed', key: ['sdkbin', feed], concurrency: 4, source: 'our own choice: Sdkbin states no limit, and 4 at a time is modest' },
  ],

  targets: ({ packages }) => distinctIds(packages).map((id) => ({ id })),

  label: ({ id }) => `package ${id}`,

  async connect(settings, context) {
    const feed = await openSdkbin(settings, context);
    return {
      async *collect({ id }, inner) {
        yield* packagePoints(await findPackageByWords(feed, id, inner), sdkbinPackage, inner);
      },
      async close() {},
    };
  },

  check,
});
