import { z } from 'zod';

export const formats = ['ndjson', 'csv', 'line-protocol'] as const;

export const settings = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe(
        'The file, relative to the config file; `-` is standard output. With `csv` a folder of files. It is appended to. Its directory must exist.',
      )
      .meta({ examples: ['points.ndjson'] }),
    format: z
      .enum(formats)
      .default('ndjson')
      .describe('How points are written: a line of JSON each, a file of CSV for each measurement, or the lines of InfluxDB.'),
    gzip: z.boolean().default(false).describe('Compress what is written. Each batch is a gzip member of its own.'),
  })
  .superRefine(({ path, format }, { addIssue }) => {
    if (format === 'csv' && path === '-') {
      const message = 'must be a folder where the format is csv, which has a file for each measurement; to standard output goes ndjson';
      addIssue({ code: 'custom', path: ['path'], message });
    }
    if (format !== 'csv' && path.endsWith('/')) {
      const message = `must be a file where the format is ${format}, and ends in a slash as a folder does: name a file in it`;
      addIssue({ code: 'custom', path: ['path'], message });
    }
  });

export type Settings = z.infer<typeof settings>;
