import { isRecord } from '../config/path.ts';
import { referencesIn } from '../config/reference.ts';
import { type Asking, secretsFor } from './answers.ts';

/** A variable that the config needs. */
export interface Variable {
  readonly name: string;
  /** What it is, in a few words. */
  readonly what: string;
  /** The least that it must be allowed; absent where that is not known. */
  readonly scope?: string;
  /** Where it is made. */
  readonly url?: string;
  /** What the repository's secret is called. */
  readonly secret: string;
  /** What a workflow has instead of that secret: `github.token`. */
  readonly inWorkflow?: string;
}

/** The variables of the entries, each once, in their order. */
export function variablesOf(
  entries: readonly { readonly integration: Asking; readonly entry: Readonly<Record<string, unknown>> }[],
): readonly Variable[] {
  const found = new Map<string, Variable>();
  const secretNames = new Set<string>();
  for (const { integration, entry } of entries) {
    const secrets = secretsFor(integration, entry);
    for (const [setting, value] of Object.entries(entry)) {
      for (const name of namesIn(value)) {
        if (found.has(name)) continue;
        const needed = secrets.find((secret) => secret.setting === setting);
        found.set(name, {
          name,
          secret: secretName(name, secretNames),
          ...(needed ? about(needed) : { what: `"${setting}" of ${integration.name}` }),
        });
      }
    }
  }
  return [...found.values()];
}

function about({ what, scope, url, inWorkflow }: NonNullable<Asking['setup']>['secrets'][number]) {
  return { what, scope, ...(url !== undefined && { url }), ...(inWorkflow !== undefined && { inWorkflow }) };
}

/**
 * None may begin with GITHUB_, and two that differ in case alone are one. Adds the name to those that are taken.
 * https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets
 */
function secretName(variable: string, taken: Set<string>): string {
  const upper = variable.toUpperCase();
  const wanted = upper.startsWith('GITHUB_') ? `KPI_${upper}` : upper;
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted}_${count}`;
  taken.add(name);
  return name;
}

function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (isRecord(value)) return Object.values(value).flatMap(namesIn);
  return typeof value === 'string' ? referencesIn(value) : [];
}
