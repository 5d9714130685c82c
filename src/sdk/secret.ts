import { inspect } from 'node:util';
import { z } from 'zod';

export type SecretSource = { readonly file: string } | { readonly command: readonly string[] };

/** What of a secret is one by itself: the key in an address, which stands in other addresses as well. Never throws. */
export type PartsOf = (value: string) => readonly string[];

/** A value that is shown nowhere: text, JSON and inspection give `***`. Only `reveal()` has it. */
export class Secret {
  #value: string | undefined;
  /** Where the engine finds the value, when the config does not hold it. */
  readonly source: SecretSource | undefined;
  readonly #partsOf: PartsOf | undefined;

  constructor(from: string | SecretSource, partsOf?: PartsOf) {
    this.#partsOf = partsOf;
    this.#value = typeof from === 'string' ? from : undefined;
    this.source = typeof from === 'string' ? undefined : from;
  }

  /** The value. Throws when the engine has not found it yet, which is so for what a run does not select. */
  reveal(): string {
    if (this.#value === undefined) throw new TypeError('this secret was not resolved: what needs it is not selected');
    return this.#value;
  }

  /** For the engine alone, once, before anything is opened. */
  resolve(value: string): void {
    this.#value = value;
  }

  /** What of the value is a secret alone, too. Throws as `reveal` does. */
  parts(): readonly string[] {
    return this.#partsOf?.(this.reveal()) ?? [];
  }

  toString(): string {
    return '***';
  }
  toJSON(): string {
    return '***';
  }
  [inspect.custom](): string {
    return '***';
  }
}

const file = z
  .string()
  .min(1)
  .describe('A file that holds the secret, relative to the config.')
  .meta({ examples: ['token.txt'] });
const command = z
  .array(z.string())
  .min(1)
  .describe('A program that prints the secret, and its arguments; started without a shell.')
  .meta({ examples: [['pass', 'show', 'kpi']] });

/** A setting that is a secret: a string, `{ "file": … }` or `{ "command": […] }`. The parsed setting is a `Secret`. */
export function secret(partsOf?: PartsOf) {
  return z.union([z.string().min(1), z.strictObject({ file }), z.strictObject({ command })]).transform((from) => new Secret(from, partsOf));
}
