import { downloadsGuard, packageMeasurement } from '../../protocols/nuget/points.ts';
import { counter, measurement } from '../../sdk/index.ts';

export const nugetPackage = packageMeasurement('nuget_package', {
  help: 'One package of a NuGet feed as it stands.',
  id: 'The id, as NuGet spells it.',
  downloads: 'Of all versions, as the search endpoint with the highest total tells it. It may lag by a day.',
});

export const nugetPackageVersion = measurement('nuget_package_version', {
  help: 'One listed version of a package as it stands.',
  time: 'snapshot',
  tags: { package: 'The id, as NuGet spells it.', version: 'Without build metadata, which NuGet does not count as part of a version.' },
  fields: { downloads: counter('{download}', undefined, { guard: downloadsGuard }) },
});
