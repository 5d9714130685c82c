import { expect, it } from 'vitest';
import { providerReport, runReport, sinkReport } from '../testing/report.ts';
import { meaning } from './meaning.ts';

it.each([
  ['all that was required was collected and delivered', {}],
  ['all that was required was collected; a dry run delivers nothing', { dryRun: true }],
  ['what went wrong is not required', { status: 'partial', providers: [providerReport('docs', { required: false, status: 'failed' })] }],
  ['what went wrong does not count, by --fail-on never', { status: 'partial', providers: [providerReport('docs', { status: 'failed' })] }],
  ['something that was required failed, was refused or left out', { status: 'partial', exitCode: 3 }],
  ['no required provider brought its data', { status: 'failed', exitCode: 1 }],
  ['the dry run could not be compared with the store', { status: 'failed', exitCode: 1, dryRun: true, changes: [] }],
  [
    'no required provider brought its data',
    { status: 'failed', exitCode: 1, dryRun: true, changes: [], providers: [providerReport('github', { status: 'failed' })] },
  ],
  [
    'points were lost: neither a required sink nor the disk took them',
    { status: 'failed', exitCode: 1, sinks: [sinkReport('local', { status: 'failed', offered: 2, lost: 2 })] },
  ],
  ['points wait in an outbox: the next run, or kpi outbox send, delivers them', { status: 'pending', exitCode: 75 }],
  [
    'another run holds every selected provider: nothing was collected',
    { status: 'skipped', exitCode: 75, providers: [providerReport('github', { status: 'skipped' })] },
  ],
  ['the dry run found changes', { exitCode: 4 }],
  ['a defect in kpi itself: the counts do not balance', { status: 'failed', exitCode: 70 }],
  ['stopped by SIGINT', { dryRun: true, status: 'interrupted', exitCode: 130 }],
  ['stopped by SIGINT; what was collected was delivered or kept in the outbox', { status: 'interrupted', exitCode: 130 }],
  ['stopped by SIGTERM; what was collected was delivered or kept in the outbox', { status: 'interrupted', exitCode: 143 }],
] as const)('%s', (sentence, changes) => {
  expect(meaning(runReport(changes))).toBe(sentence);
});
