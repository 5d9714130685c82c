/** What was asked for on the command line cannot be done: exit code 64, nothing was started. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly kind = 'usage';
}
