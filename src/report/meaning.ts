import type { RunReport } from '../sdk/report.ts';

/** What the exit code of a run says, in one sentence. */
export function meaning(report: RunReport): string {
  switch (report.exitCode) {
    case 0:
      return whyZero(report);
    case 1:
      return report.sinks.some((sink) => sink.required && sink.lost > 0)
        ? 'points were lost: neither a required sink nor the disk took them'
        : 'no required provider brought its data';
    case 3:
      return 'something that was required failed, was refused or left out';
    case 4:
      return 'the dry run found changes';
    case 70:
      return 'a defect in kpi: the counts do not balance';
    case 75:
      return report.providers.length > 0 && report.providers.every((provider) => provider.status === 'skipped')
        ? 'another run holds every selected provider: nothing was collected'
        : 'points wait in an outbox: the next run, or kpi outbox send, delivers them';
    case 130:
      return stopped('SIGINT', report);
    case 143:
      return stopped('SIGTERM', report);
    default:
      return 'see the problems';
  }
}

function whyZero(report: RunReport): string {
  if (report.status !== 'ok') {
    const required = [...report.providers, ...report.sinks].some((one) => one.required && one.status !== 'ok');
    return required ? 'what went wrong does not count, by --fail-on never' : 'what went wrong is not required';
  }
  if (report.dryRun) return 'all that was required was collected; a dry run delivers nothing';
  return 'all that was required was collected and delivered';
}

function stopped(signal: string, report: RunReport): string {
  return `stopped by ${signal}${report.dryRun ? '' : '; what was collected was delivered or kept in the outbox'}`;
}
