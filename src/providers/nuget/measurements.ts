import { counter, gauge, measurement, text } from '../../sdk/index.ts';

export const nugetPackage = measurement('nuget_package', {
  help: 'One package of a NuGet feed as it stands.',
  time: 'snapshot',
  tags: { package: 'The id, as NuGet spells it.' },
  fields: {
    total_downloads: counter('{download}', 'Of all versions, as the search endpoint with the highest total tells it. It may lag by a day.'),
    version_count: gauge('{version}', 'Listed versions, prereleases included.'),
    latest_version: text('The highest listed version, prereleases included, without build metadata.'),
  },
});

export const nugetPackageVersion = measurement('nuget_package_version', {
  help: 'One listed version of a package as it stands.',
  time: 'snapshot',
  tags: { package: 'The id, as NuGet spells it.', version: 'Without build metadata, which NuGet does not count as part of a version.' },
  fields: { downloads: counter('{download}') },
});
