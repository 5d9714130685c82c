import { expect, it } from 'vitest';
import { noticesOf } from './notices.ts';

it('says nothing of a report that is whole', () => {
  expect([...noticesOf(undefined), ...noticesOf({ timeZone: 'UTC', currencyCode: 'USD', subjectToThresholding: false })]).toEqual([]);
});

it('says a sentence of each lack', () => {
  const notices = [
    ...noticesOf({
      emptyReason: 'no\ndata',
      subjectToThresholding: true,
      dataLossFromOtherRow: true,
      samplingMetadatas: [{ samplesReadCount: 5, samplingSpaceSize: 0 }],
      dataTruncationReasons: [{ dataTruncationType: 7 }],
    }),
  ];
  expect(notices).toHaveLength(5);
  for (const notice of notices) expect(notice).toMatch(/^\S[^\n]{10,}$/);
  expect(notices[2]).toContain('from a part of the events');
});
