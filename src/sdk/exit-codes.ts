/** One exit code: the program exits with it, its messages explain it, and `docs/exit-codes.md` is made of it. */
export interface ExitCode {
  readonly code: number;
  /** When it is, after "Exit code 3:". */
  readonly when: string;
  /** What a person or a script does then. */
  readonly next: string;
}

/** Worst first where several apply: 70, 130 or 143, 1, 75, 3, 4. */
const table = {
  ok: { code: 0, when: 'all that was required was collected and delivered', next: 'Nothing.' },
  failed: {
    code: 1,
    when: 'no required provider brought its data, a required sink lost something, or a dry run could not be compared with the store',
    next: 'Read the problems of the report; `kpi doctor` says what stands in the way of the next run.',
  },
  partial: {
    code: 3,
    when: 'something that was required failed, was refused or left out',
    next: 'Read the problems of the report. What was collected is delivered; the same run again, with its `--at`, completes it. Values that are held back are in `kpi quarantine list`.',
  },
  changes: {
    code: 4,
    when: 'the dry run found changes',
    next: 'Only with `--exit-on-change`. The report says what would be added or changed; the same run without `--dry-run` writes it.',
  },
  usage: { code: 64, when: 'wrong flags: nothing was started', next: 'The message names the flag, and the nearest one that there is.' },
  defect: { code: 70, when: 'a defect in kpi itself', next: 'Run it again with `--verbose`, and report what it says.' },
  pending: {
    code: 75,
    when: 'points wait in an outbox for a required sink, or another run holds everything that was selected',
    next: 'The next run delivers them, or `kpi outbox send`; `kpi outbox list` shows them. Also where the store that has the memory of several machines does not answer: nothing was started then, and the same again is all there is to do.',
  },
  config: {
    code: 78,
    when: 'wrong config: nothing was started',
    next: 'The message names every key that is wrong. `bin/run.js` says so too where Node.js is too old, or a checkout is not built.',
  },
  SIGINT: {
    code: 130,
    when: 'stopped by SIGINT, as by Ctrl-C',
    next: 'What was collected was delivered or is in the outbox; run it again.',
  },
  SIGTERM: { code: 143, when: 'stopped by SIGTERM', next: 'What was collected was delivered or is in the outbox; run it again.' },
} as const satisfies Readonly<Record<string, ExitCode>>;

/** All of them, by code. */
export const exitCodeTable: readonly ExitCode[] = Object.values<ExitCode>(table).toSorted((one, other) => one.code - other.code);

export const exitCodes = Object.fromEntries(Object.entries(table).map(([name, { code }]) => [name, code])) as {
  readonly [Name in keyof typeof table]: (typeof table)[Name]['code'];
};

/** When a code is, in words. */
export function whenOf(code: number): string | undefined {
  return exitCodeTable.find((one) => one.code === code)?.when;
}
