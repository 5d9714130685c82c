import { packageMeasurement } from '../../protocols/nuget/points.ts';

export const sdkbinPackage = packageMeasurement('sdkbin_package', {
  help: 'One package of a Sdkbin feed as the feed lists it.',
  id: 'The id, as the feed spells it.',
  downloads: 'Of all versions, as the feed tells it, or the sum of what it tells of each version; absent where it tells neither.',
});
