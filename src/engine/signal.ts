/** Something that others wait for. */
export interface Signal {
  readonly fired: Promise<void>;
  fire(): void;
}

export function signal(): Signal {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { fired: promise, fire: () => resolve() };
}

/** Resolves when the signal is aborted. */
export function aborted(until: AbortSignal): Promise<void> {
  if (until.aborted) return Promise.resolve();
  return new Promise((resolve) => until.addEventListener('abort', () => resolve(), { once: true }));
}
