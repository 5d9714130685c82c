import { readFileSync } from 'node:fs';
import type { BackfillPlan } from './engine/backfill/plan.ts';
import type { CollectFlags } from './engine/collect.ts';
import type { Config, ConfigOptions, Selection } from './engine/config/config.ts';
import type { InstalledSchema } from './engine/config/install-schema.ts';
import type { IntegrationInfo } from './engine/describe.ts';
import type { Diagnosis } from './engine/doctor.ts';
import type { DiagnosisFinding } from './engine/doctor-findings.ts';
import type { Listener, RunEvent } from './engine/events.ts';
import type { Fixed } from './engine/gaps/fix.ts';
import type { GapsFlags, GapsReport } from './engine/gaps/gaps.ts';
import type { Accepted, Decided as HeldDecided, HeldValue, QuarantineFilter } from './engine/guards/quarantine.ts';
import type { Answers, Choice, Init, Plan, PlannedFile, Question, Typed, Variable } from './engine/init/init.ts';
import type { RunRecord } from './engine/memory.ts';
import { type Out, type Outside, processOutside } from './engine/outside.ts';
import { createRedactor } from './engine/redact.ts';
import type { RelayFlags, RelayReport } from './engine/relay.ts';
import type { Status, StatusFlags } from './engine/status/status.ts';
import type { SinkChanges, SinkStatus } from './engine/stores.ts';
import type { Dropped, OutboxFilter, OutboxSummary, SendFlags, Sent } from './engine/undelivered.ts';
import { providers } from './providers/index.ts';
import type { ConfigProblem } from './sdk/errors.ts';
import type { Measurement } from './sdk/measurement.ts';
import type { Limit } from './sdk/provider.ts';
import type { RunReport, SinkReport } from './sdk/report.ts';
import type { Capabilities, Change, StoreStatus } from './sdk/sink.ts';
import { sinks } from './sinks/index.ts';

export type {
  Answers,
  BackfillPlan,
  Capabilities,
  Change,
  Choice,
  ConfigProblem,
  Diagnosis,
  DiagnosisFinding,
  Dropped,
  Fixed,
  GapsReport,
  HeldDecided,
  HeldValue,
  Init,
  InstalledSchema,
  IntegrationInfo,
  Limit,
  Listener,
  Measurement,
  Out,
  OutboxSummary,
  Outside,
  Plan,
  PlannedFile,
  Question,
  RelayReport,
  RunEvent,
  RunReport,
  SinkChanges,
  SinkReport,
  SinkStatus,
  Status,
  StoreStatus,
  Typed,
  Variable,
};
export { processOutside };

export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly envFile?: string | undefined;
}

export interface CollectOptions extends ConfigFlags, CollectFlags {
  readonly providers?: readonly string[] | undefined;
  readonly sinks?: readonly string[] | undefined;
}

export interface SinkFlags extends ConfigFlags {
  readonly sinks?: readonly string[] | undefined;
}

export interface DoctorFlags extends SinkFlags {
  readonly providers?: readonly string[] | undefined;
  readonly offline: boolean;
}

export interface RelayOptions extends SinkFlags, RelayFlags {}

export interface QuarantineFlags extends ConfigFlags, QuarantineFilter {}

export interface OutboxFlags extends ConfigFlags, OutboxFilter {}

/** One earlier run; times are ISO 8601. */
export type RunSummary = Omit<RunRecord, 'endsBy' | 'host' | 'pid' | 'processStart'>;

/** Of instances in the config, or of what they may be. */
export type NameKind = 'providers' | 'sinks' | 'provider-types' | 'sink-types';

/** What the commands call. Throws `UsageError` (64) and `ConfigError` (78). */
export interface App {
  collect(options: CollectOptions, listen: Listener): Promise<RunReport>;
  /** What a backfill would do, without doing any of it. */
  backfillPlan(options: CollectOptions): Promise<BackfillPlan>;
  /** What `kpi init` asks, and what it makes of the answers. */
  init(): Promise<Init>;
  dbInit(options: SinkFlags): Promise<readonly SinkChanges[]>;
  dbStatus(options: SinkFlags): Promise<readonly SinkStatus[]>;
  /** Warnings; what is wrong throws. */
  configCheck(options: ConfigFlags): Promise<{ readonly file?: string; readonly problems: readonly ConfigProblem[] }>;
  /** What stands in the way of a run. A config that is wrong is a finding, and throws nothing. */
  doctor(options: DoctorFlags): Promise<Diagnosis>;
  configSchema(): Promise<object>;
  /** Names the schema in the config, for editors. */
  configSchemaInstall(options: Pick<ConfigFlags, 'config'>): Promise<InstalledSchema>;
  /** Names for a shell that completes them. Never throws. */
  completionNames(kind: NameKind, options: Pick<ConfigFlags, 'config'>): Promise<readonly string[]>;
  /** The config with everything filled in, secrets masked. */
  configShow(options: ConfigFlags): Promise<object>;
  providers(name?: string): Promise<readonly IntegrationInfo[]>;
  sinks(name?: string): Promise<readonly IntegrationInfo[]>;
  outboxList(options: OutboxFlags): Promise<readonly OutboxSummary[]>;
  outboxSend(options: ConfigFlags & SendFlags): Promise<Sent>;
  outboxDrop(options: OutboxFlags): Promise<readonly Dropped[]>;
  heldList(options: QuarantineFlags): Promise<readonly HeldValue[]>;
  heldAccept(options: QuarantineFlags & { readonly json?: boolean | undefined }): Promise<Accepted>;
  heldDrop(options: QuarantineFlags): Promise<readonly HeldDecided[]>;
  /** Takes points from one sink and writes them to others, until it is told to end. */
  relay(options: RelayOptions): Promise<RelayReport>;
  /** The newest first. */
  runs(options: ConfigFlags & { readonly last?: number | undefined }): Promise<readonly RunSummary[]>;
  run(options: ConfigFlags & { readonly id: string }): Promise<RunReport>;
  /** In which periods the store has no point. */
  gaps(options: ConfigFlags & GapsFlags): Promise<GapsReport>;
  /** Collects what of them can still be had. */
  gapsFix(options: ConfigFlags & GapsFlags, listen: Listener): Promise<Fixed>;
  /** How old the data is, and whether runs still begin. */
  status(options: ConfigFlags & StatusFlags): Promise<Status>;
  /** Every write of a command passes it. */
  redact(text: string): string;
}

/** Puts the program together. Everything heavy is loaded by the call that needs it. */
export function createApp(outside: Outside, onSecret: (secret: string) => void = () => {}): App {
  const redactor = createRedactor();
  const parts = { outside, redactor, userAgent: `kpi/${version()}` };

  async function configOptions(flags: ConfigFlags): Promise<ConfigOptions> {
    const { ownMeasurements } = await import('./engine/own-points.ts');
    const { cwd, env } = outside;
    return {
      cwd,
      env,
      file: flags.config,
      envFile: flags.envFile,
      providers,
      sinks,
      own: ownMeasurements,
      onSecret(secret) {
        redactor.add(secret);
        onSecret(secret);
      },
    };
  }

  async function load(flags: ConfigFlags, select: Selection): Promise<Config> {
    const { loadConfig } = await import('./engine/config/load.ts');
    return await loadConfig({ ...(await configOptions(flags)), select });
  }

  return {
    async collect(options, listen) {
      const { collect } = await import('./engine/collect.ts');
      const { isCompared } = await import('./engine/compare/wanted.ts');
      const { providers, sinks, dryRun } = options;
      const config = await load(options, { providers, sinks, dryRun, asksStore: isCompared(options) });
      return await collect(config, options, { ...parts, listen });
    },
    async backfillPlan(options) {
      const { showBackfill } = await import('./engine/backfill/show.ts');
      const { providers, sinks, dryRun } = options;
      return await showBackfill(await load(options, { providers, sinks, dryRun }), options, parts);
    },
    async init() {
      const { openInit } = await import('./engine/init/init.ts');
      return await openInit({ cwd: outside.cwd, providers, sinks, action: action() });
    },
    async dbInit(options) {
      const { initStores } = await import('./engine/stores.ts');
      return await initStores(await load(options, { providers: [], sinks: options.sinks }), parts);
    },
    async dbStatus(options) {
      const { storeStatuses } = await import('./engine/stores.ts');
      return await storeStatuses(await load(options, { providers: [], sinks: options.sinks }), parts);
    },
    async configCheck(options) {
      const config = await load(options, {});
      return { file: config.file, problems: config.warnings };
    },
    async doctor(options) {
      const { diagnose } = await import('./engine/doctor.ts');
      const { providers, sinks, offline } = options;
      return await diagnose({ ...(await configOptions(options)), select: { providers, sinks }, offline }, parts);
    },
    async configSchema() {
      const { configSchema } = await import('./engine/config/schema.ts');
      return await configSchema({ providers, sinks });
    },
    async configSchemaInstall({ config }) {
      const { installSchema } = await import('./engine/config/install-schema.ts');
      const { configSchema } = await import('./engine/config/schema.ts');
      return await installSchema({ cwd: outside.cwd, file: config, schema: () => configSchema({ providers, sinks }) });
    },
    async completionNames(kind, { config }) {
      if (kind === 'provider-types') return Object.keys(providers);
      if (kind === 'sink-types') return Object.keys(sinks);
      const { instanceNames } = await import('./engine/config/names.ts');
      return await instanceNames({ cwd: outside.cwd, file: config, section: kind });
    },
    async configShow(options) {
      const { showConfig } = await import('./engine/config/show.ts');
      return await showConfig(await configOptions(options));
    },
    async providers(name) {
      const { describeProviders } = await import('./engine/describe.ts');
      return await describeProviders(providers, name);
    },
    async sinks(name) {
      const { describeSinks } = await import('./engine/describe.ts');
      return await describeSinks(sinks, name);
    },
    async outboxList(options) {
      const { listUndelivered } = await import('./engine/undelivered.ts');
      return await listUndelivered(await load(options, { providers: [], sinks: [] }), options, parts);
    },
    async outboxSend(options) {
      const { sendUndelivered } = await import('./engine/undelivered.ts');
      const select = { providers: [], ...(options.sink !== undefined && { sinks: [options.sink] }) };
      return await sendUndelivered(await load(options, select), options, parts);
    },
    async outboxDrop(options) {
      const { dropUndelivered } = await import('./engine/undelivered.ts');
      return await dropUndelivered(await load(options, { providers: [], sinks: [] }), options, parts);
    },
    async heldList(options) {
      const { listHeld } = await import('./engine/guards/quarantine.ts');
      return await listHeld(await load(options, { providers: [], sinks: [] }), options, parts);
    },
    async heldAccept(options) {
      const { acceptHeld } = await import('./engine/guards/quarantine.ts');
      return await acceptHeld(await load(options, { providers: [] }), options, parts);
    },
    async heldDrop(options) {
      const { dropHeld } = await import('./engine/guards/quarantine.ts');
      return await dropHeld(await load(options, { providers: [], sinks: [] }), options, parts);
    },
    async relay(options) {
      const { relay } = await import('./engine/relay.ts');
      const sinks = options.sinks && [...new Set([options.from, ...options.sinks])];
      return await relay(await load(options, { providers: [], ...(sinks && { sinks }) }), options, parts);
    },
    async runs(options) {
      const { listRuns } = await import('./engine/history.ts');
      return await listRuns(await load(options, { providers: [], sinks: [] }), options.last ?? 20, parts);
    },
    async run(options) {
      const { showRun } = await import('./engine/history.ts');
      return await showRun(await load(options, { providers: [], sinks: [] }), options.id, parts);
    },
    async gaps(options) {
      const { gapsOf } = await import('./engine/gaps/gaps.ts');
      return await gapsOf(await load(options, { providers: [], sinks: [], asksStore: true }), options, parts);
    },
    async gapsFix(options, listen) {
      const { fixGaps } = await import('./engine/gaps/fix.ts');
      const { config, envFile } = options;
      return await fixGaps(
        () => this.gaps(options),
        (flags) => this.collect({ config, envFile, ...flags }, listen),
      );
    },
    async status(options) {
      const { statusOf } = await import('./engine/status/status.ts');
      return await statusOf(await load(options, { providers: [], sinks: [] }), options, parts);
    },
    redact: redactor.text,
  };
}

function version(): string {
  return packageJson().version;
}

/** This package as an action of GitHub's: `OWNER/REPO@v1.2.3`. */
function action(): string {
  const { version, repository } = packageJson();
  const address = typeof repository === 'string' ? repository : (repository?.url ?? '');
  const [, name = 'OWNER/REPO'] = /(?:github:|github\.com[/:])([^/]+\/[^/]+?)(?:\.git)?$/.exec(address) ?? [];
  return `${name}@v${version}`;
}

function packageJson(): { readonly version: string; readonly repository?: string | { readonly url?: string } } {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
}
