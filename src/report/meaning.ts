import { exitCodes, whenOf } from '../sdk/exit-codes.ts';
import type { RunReport } from '../sdk/report.ts';

/** What the exit code of a run says, in one sentence. */
export function meaning(report: RunReport): string {
  switch (report.exitCode) {
    case exitCodes.ok:
      return whyZero(report);
    case exitCodes.failed:
      return report.sinks.some((sink) => sink.required && sink.lost > 0)
        ? 'points were lost: neither a required sink nor the disk took them'
        : whyNothing(report);
    case exitCodes.defect:
      return `${whenOf(exitCodes.defect)}: the counts do not balance`;
    case exitCodes.pending:
      return report.providers.length > 0 && report.providers.every((provider) => provider.status === 'skipped')
        ? 'another run holds every selected provider: nothing was collected'
        : 'points wait in an outbox: the next run, or kpi outbox send, delivers them';
    case exitCodes.SIGINT:
      return stopped('SIGINT', report);
    case exitCodes.SIGTERM:
      return stopped('SIGTERM', report);
    default:
      return whenOf(report.exitCode) ?? 'see the problems';
  }
}

/** The exit code is 1, and nothing was lost. A comparison that failed stands among the run's problems. */
function whyNothing({ changes, providers }: RunReport): string {
  const required = providers.filter((provider) => provider.required);
  const brought = (required.length > 0 ? required : providers).some((one) => one.status === 'ok' || one.status === 'partial');
  return changes && brought ? 'the dry run could not be compared with the store' : 'no required provider brought its data';
}

function whyZero(report: RunReport): string {
  if (report.status !== 'ok') {
    const required = [...report.providers, ...report.sinks].some((one) => one.required && one.status !== 'ok');
    return required ? 'what went wrong does not count, by --fail-on never' : 'what went wrong is not required';
  }
  if (report.dryRun) return 'all that was required was collected; a dry run delivers nothing';
  return whenOf(exitCodes.ok) ?? '';
}

function stopped(signal: string, report: RunReport): string {
  return `stopped by ${signal}${report.dryRun ? '' : '; what was collected was delivered or kept in the outbox'}`;
}
