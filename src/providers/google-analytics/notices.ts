import type { Metadata } from './schema.ts';

/** What the report says of itself that makes its numbers less than the whole truth, a sentence each. */
export function* noticesOf(metadata: Metadata | null | undefined): Generator<string> {
  if (!metadata) return;
  if (metadata.emptyReason) yield `the report is empty: ${short(metadata.emptyReason)}`;
  if (metadata.subjectToThresholding) {
    // https://support.google.com/analytics/answer/9383630
    yield 'rows with few users may be withheld (thresholding): what is missing is not zero';
  }
  for (const { samplesReadCount, samplingSpaceSize } of metadata.samplingMetadatas ?? []) {
    // https://support.google.com/analytics/answer/13331292
    const part = samplingSpaceSize > 0 ? `${((100 * samplesReadCount) / samplingSpaceSize).toPrecision(3)} %` : 'a part';
    yield `the numbers are sampled: estimated from ${part} of the events`;
  }
  if (metadata.dataLossFromOtherRow) {
    // https://support.google.com/analytics/answer/13208658
    yield 'there are more values than Google keeps apart: the rest of them is in the rows "(other)"; fewer dimensions help';
  }
  for (const { dataTruncationMessage, dataTruncationDate } of metadata.dataTruncationReasons ?? []) {
    const since = dataTruncationDate ? ` before ${short(dataTruncationDate)}` : '';
    yield `data is cut off${since}${dataTruncationMessage ? `: ${short(dataTruncationMessage)}` : ''}`;
  }
}

function short(words: string): string {
  return words.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
}
