import { z } from 'zod';

const Status = z
  .object({ consumed: z.int().nullish(), remaining: z.int().nullish() })
  .transform(({ consumed, remaining }) => ({ consumed: consumed ?? undefined, remaining: remaining ?? undefined }))
  .nullish();

/** https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/PropertyQuota */
const PropertyQuota = z.object({
  tokensPerDay: Status,
  tokensPerHour: Status,
  tokensPerProjectPerHour: Status,
  potentiallyThresholdedRequestsPerHour: Status,
  serverErrorsPerProjectPerHour: Status,
});
export type PropertyQuota = z.output<typeof PropertyQuota>;

/** https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/ResponseMetaData */
const Metadata = z.object({
  timeZone: z.string().nullish(),
  currencyCode: z.string().nullish(),
  emptyReason: z.string().nullish(),
  subjectToThresholding: z.boolean().nullish(),
  dataLossFromOtherRow: z.boolean().nullish(),
  samplingMetadatas: z
    .array(z.object({ samplesReadCount: z.coerce.number(), samplingSpaceSize: z.coerce.number() }))
    .max(10)
    .nullish(),
  dataTruncationReasons: z
    .array(
      z.object({ dataTruncationType: z.unknown(), dataTruncationMessage: z.string().nullish(), dataTruncationDate: z.string().nullish() }),
    )
    .max(100)
    .nullish(),
  schemaRestrictionResponse: z
    .object({ activeMetricRestrictions: z.array(z.object({ metricName: z.string().nullish() })).max(100) })
    .nullish(),
});
export type Metadata = z.output<typeof Metadata>;

/** The most rows that one answer may have. https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/RunReportResponse */
const mostRows = 250_000;
const Header = z.object({ name: z.string() });

/**
 * One report of a batch, as the client decodes it: what is not in the answer has the default of its type there. Its rows are read one by
 * one, so that a bad one costs only itself.
 */
export const Report = z.object({
  kind: z.literal('analyticsData#runReport'),
  dimensionHeaders: z.array(Header).max(20),
  metricHeaders: z.array(Header.extend({ type: z.union([z.string(), z.number()]).transform(String) })).max(20),
  rows: z.array(z.unknown()).max(mostRows, `more than ${mostRows} rows at once`),
  rowCount: z.int().min(0),
  metadata: Metadata.nullish(),
  propertyQuota: PropertyQuota.nullish(),
});
export type Report = z.output<typeof Report>;

/** The answer to a batch. Its reports are read one by one. */
export const Batch = z.object({ kind: z.literal('analyticsData#batchRunReports'), reports: z.array(z.unknown()) });

/** A row as the client decodes it. */
export interface Row {
  readonly dimensionValues?: readonly { readonly value?: unknown }[];
  readonly metricValues?: readonly { readonly value?: unknown }[];
}
