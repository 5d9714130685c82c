import { ConfigError, type ConfigProblem } from '../../sdk/errors.ts';
import type { Secret } from '../../sdk/secret.ts';
import { createRedactor } from '../redact.ts';
import type { Config, LoadOptions, ProviderInstance, SinkInstance } from './config.ts';
import { type Draft, type DraftInstance, draftConfig } from './draft.ts';
import { createNotes } from './notes.ts';
import type { Path } from './path.ts';
import { stateDirOf } from './places.ts';
import { findSecret } from './secret-source.ts';
import { secretsIn } from './secrets.ts';
import * as sections from './sections.ts';
import { readSettings } from './settings.ts';
import { tagValueProblem } from './tags.ts';

/**
 * The config, valid whole. Throws `ConfigError` with all problems, and `UsageError` for a selection that it has not. Sends and writes
 * nothing; the only programs that run are the commands of selected secrets, and only where nothing else is wrong.
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const draft = await draftConfig(options);
  await findSecrets(draft, draft.notes.problems.length === 0);
  checkTagValues(draft);
  const { source, notes, run, tags, outbox } = draft;
  if (notes.problems.length > 0 || !run.value || !tags.value || !outbox.value) throw configError(source.shown, notes.problems);
  return configOf(options, draft);
}

/** What a draft says, the usual in place of a section that is wrong. The settings of an instance that is wrong are undefined. */
export function configOf(options: LoadOptions, draft: Draft): Config {
  const { source, env, notes, store } = draft;
  const run = draft.run.value ?? sections.run.parse({});
  const tags = draft.tags.value ?? {};
  return {
    file: source.file,
    dir: source.dir,
    run: {
      ...(run.every && { every: run.every }),
      concurrency: run.concurrency,
      timeoutMs: run.timeout,
      failOn: run.failOn,
      stateDir: stateDirOf(options, draft, run.stateDir),
      state: run.state,
    },
    tags,
    providers: draft.providers.map((one) => providerInstance(one, { tags, every: run.every }, env)),
    sinks: draft.sinks.map(sinkInstance),
    store,
    outbox: draft.outbox.value ?? sections.outbox.parse({}),
    warnings: notes.warnings,
    secrets: [...notes.secrets],
  };
}

/** Of a config with problems: they stand beside the message, not in it. */
export function configError(shown: string, problems: readonly ConfigProblem[]): ConfigError {
  return new ConfigError(
    `${shown} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}; nothing was started`,
    problems,
  );
}

type ProviderDraft = Draft['providers'][number];
type SinkDraft = Draft['sinks'][number];

/** What all providers have, where they do not say otherwise. */
type Usual = Pick<ProviderInstance, 'tags'> & { readonly every: ProviderInstance['every'] | undefined };

function providerInstance(draft: ProviderDraft, usual: Usual, env: Draft['env']): ProviderInstance {
  const { entry, selected, common } = draft;
  const { only, every = usual.every, settle: settleMs, required = true, guards, deltas, freshness } = common.value ?? {};
  return {
    ...basics(draft),
    provider: entry.integration,
    settings: draft.settings.value ?? (selected ? undefined : asFarAsKnown(draft, env)),
    selected,
    required,
    tags: { ...usual.tags, ...common.value?.tags },
    ...(only && { only }),
    ...(every && { every }),
    ...(settleMs !== undefined && { settleMs }),
    ...(guards && { guards }),
    ...(deltas && { deltas }),
    ...(freshness && { freshness }),
  };
}

function sinkInstance(draft: SinkDraft): SinkInstance {
  const { entry, common, selected } = draft;
  const { only, required = true, autoInit = entry.integration.autoInit } = common.value ?? {};
  return { ...basics(draft), sink: entry.integration, settings: draft.settings.value, selected, required, autoInit, ...(only && { only }) };
}

function basics({ entry }: DraftInstance<unknown, unknown>) {
  return { name: entry.name, type: entry.type, enabled: entry.enabled };
}

/**
 * A provider that is not selected is still asked for its measurements, for `kpi db init`. Where its `${}` as text are no settings, the
 * variables that happen to be set may make some; nothing is required of them.
 */
function asFarAsKnown({ entry }: ProviderDraft, env: Draft['env']): unknown {
  return readSettings(entry.integration.settings, entry.own, { path: entry.path, env, notes: createNotes() }).value;
}

/** Reads the files of the secrets that are needed; runs their commands only where `mayRun`. What is not to be had is a problem. */
export async function findSecrets({ providers, sinks, source, env, notes }: Draft, mayRun: boolean): Promise<void> {
  const needed = [...providers, ...sinks].filter((one) => one.resolved);
  const secrets = needed.flatMap(({ entry, settings }) =>
    secretsIn(settings.value).map(({ path, secret }) => ({ path: [...entry.path, ...path], secret })),
  );
  await Promise.all(
    secrets.map(async ({ path, secret }) => {
      if (!secret.source) return note(secret);
      if ('command' in secret.source && !mayRun) return;
      const found = await findSecret(secret.source, { dir: source.dir, env });
      if ('problem' in found) return notes.problem(path, `is not to be had: ${found.problem}`);
      secret.resolve(found.value);
      note(secret);
    }),
  );

  function note(secret: Secret): void {
    for (const one of [secret.reveal(), ...secret.parts()]) notes.secret(one);
  }
}

/** Every point carries the config's tags to every store: no secret may be one, whether a variable or its own text made it so. */
export function checkTagValues({ providers, tags, notes }: Draft): void {
  const redactor = createRedactor();
  for (const secret of notes.secrets) redactor.add(secret);
  check(tags.value, ['tags']);
  for (const { entry, common } of providers) check(common.value?.tags, [...entry.path, 'tags']);

  function check(values: Readonly<Record<string, string>> | undefined, path: Path): void {
    for (const [name, value] of Object.entries(values ?? {})) {
      const problem = tagValueProblem(value, redactor);
      if (problem !== undefined) notes.problem([...path, name], problem);
    }
  }
}
