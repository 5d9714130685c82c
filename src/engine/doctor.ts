import pLimit from 'p-limit';
import { ConfigError } from '../sdk/errors.ts';
import type { Config, ConfigOptions, ProviderInstance, SinkInstance } from './config/config.ts';
import { ciFound } from './doctor-ci.ts';
import { type ExaminedConfig, examineConfig } from './doctor-config.ts';
import { type DiagnosisFinding, type ExamineOptions, examine, type Found, failureFound, type Subject } from './doctor-findings.ts';
import { type Instruments, providerFound, sinkFound } from './doctor-instances.ts';
import { stateFound } from './doctor-state.ts';
import { createDoor, type Door } from './http.ts';
import { createLimiter } from './limiter.ts';
import { createLog } from './log.ts';
import type { Outside } from './outside.ts';
import type { Redactor } from './redact.ts';
import { declaredBy } from './stores.ts';

/** What `kpi doctor` found. JSON-ready. `schemaVersion` grows only when a field changes meaning. */
export interface Diagnosis {
  readonly schemaVersion: 1;
  /** The worst of the findings. */
  readonly status: 'ok' | 'warning' | 'error';
  readonly exitCode: 0 | 1 | 3;
  readonly findings: readonly DiagnosisFinding[];
}

export interface DoctorOptions extends ConfigOptions {
  readonly select: { readonly providers?: readonly string[] | undefined; readonly sinks?: readonly string[] | undefined };
  /** Nothing is asked of a network, and no secret is looked for. */
  readonly offline: boolean;
}

export interface DoctorParts {
  readonly outside: Outside;
  readonly redactor: Redactor;
  readonly userAgent: string;
  /** How long the checks of one instance may take; default 30 s. */
  readonly limitMs?: number;
}

/** Instances that are checked at once. */
const mostAtOnce = 8;

/** Checks everything that a run would need, takes no lease, sends nothing and changes nothing. Throws `UsageError` alone. */
export async function diagnose(options: DoctorOptions, parts: DoctorParts): Promise<Diagnosis> {
  const { outside, redactor, limitMs = 30_000 } = parts;
  const { clock } = outside;
  const how: ExamineOptions = { clock, redactor, limitMs };
  const since = clock.elapsed();
  const examined = await examineConfig(options, options.offline);
  const subject = { scope: 'config', name: examined.shown } as const;
  const { door, problem } = openDoor(parts);
  const configFindings = await examine(subject, () => listed([...examined.found, ...problem]), { ...how, since });

  const limit = pLimit(mostAtOnce);
  const { config } = examined;
  const instances = config && door ? instanceChecks(config, examined, { ...parts, door, limitMs }, options.offline) : [];
  const results = await Promise.all(instances.map((one) => limit(async () => ({ ...one, findings: await examine(one, one.checks, how) }))));
  const state = config ? await examine({ scope: 'state', name: config.run.stateDir }, () => stateFound(config, outside), how) : [];
  if (!options.offline && outside.env.GITHUB_ACTIONS === 'true') redactor.add(outside.env.KPI_STATE_TOKEN ?? '');
  const ci = door
    ? await examine({ scope: 'ci', name: 'ci' }, (signal) => ciFound({ outside, door, offline: options.offline, signal }), how)
    : [];
  await door?.close();

  const findings = [...configFindings, ...results.flatMap((one) => one.findings), ...state, ...ci];
  const isUnusable = examined.isWrong || problem.length > 0 || state.some(isError);
  return {
    schemaVersion: 1,
    status: statusOf(findings),
    exitCode: exitCodeOf(isUnusable, [...configFindings, ...state, ...ci], results),
    findings,
  };
}

/** A proxy variable that is no address is wrong for all that goes out. */
function openDoor({ outside, userAgent, redactor }: DoctorParts): { readonly door?: Door; readonly problem: readonly Found[] } {
  try {
    return { door: createDoor({ env: outside.env, userAgent, redactor }), problem: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      problem: [{ ...failureFound(error, { scope: 'config', name: 'proxy' }, 'proxy'), mend: 'correct the variable, or unset it' }],
    };
  }
}

interface InstanceCheck extends Subject {
  readonly scope: 'provider' | 'sink';
  readonly required: boolean;
  /** It cannot be asked at all: its entry is not complete. */
  readonly isBroken: boolean;
  checks(signal: AbortSignal): AsyncIterable<Found>;
}

/** The checks of the selected providers and sinks, in the order of the config. */
function instanceChecks(
  config: Config,
  { broken }: ExaminedConfig,
  parts: DoctorParts & { readonly door: Door; readonly limitMs: number },
  offline: boolean,
): readonly InstanceCheck[] {
  const { outside, redactor } = parts;
  const { clock } = outside;
  const log = createLog({ write: (line) => outside.stderr.write(`${line}\n`), level: 'warn', format: 'text', redactor, clock });
  const shared: Instruments = { ...parts, config, log, limiter: createLimiter({ clock, concurrency: mostAtOnce }) };

  function checkOf(
    scope: 'provider' | 'sink',
    { name, required }: ProviderInstance | SinkInstance,
    skipped: readonly string[],
    checks: InstanceCheck['checks'],
  ): InstanceCheck {
    const reason = broken.get(`${scope}s.${name}`);
    const why = offline ? 'not asked offline' : reason === undefined ? undefined : `not asked: ${reason}`;
    const told = why === undefined ? undefined : skipped.map((check): Found => ({ check, status: 'skipped', message: why }));
    return { scope, name, required, isBroken: reason !== undefined, checks: told ? () => listed(told) : checks };
  }

  return [
    ...config.providers
      .filter((one) => one.selected)
      .map((one) => checkOf('provider', one, ['access'], (signal) => providerFound(one, signal, shared))),
    ...config.sinks
      .filter((one) => one.selected)
      .map((one) =>
        checkOf('sink', one, ['access', 'schema'], (signal) => sinkFound(one, signal, { ...shared, declared: declaredBy(config) })),
      ),
  ];
}

async function* listed(found: readonly Found[]): AsyncGenerator<Found> {
  yield* found;
}

interface Result extends Pick<InstanceCheck, 'scope' | 'required' | 'isBroken'> {
  readonly findings: readonly DiagnosisFinding[];
}

/**
 * 1: a run would not start, or would bring nothing: of the required providers, or of the required sinks, none can be used. 3: something
 * else is wrong, or a warning. What is not required never worsens it.
 */
function exitCodeOf(isUnusable: boolean, own: readonly DiagnosisFinding[], results: readonly Result[]): Diagnosis['exitCode'] {
  const required = results.filter((one) => one.required);
  const hasFailed = (one: Result) => one.isBroken || one.findings.some(isError);
  for (const scope of ['provider', 'sink'] as const) {
    const all = required.filter((one) => one.scope === scope);
    if (all.length > 0 && all.every(hasFailed)) return 1;
  }
  if (isUnusable) return 1;
  const counted = [...own, ...required.flatMap((one) => one.findings)];
  return counted.some((one) => isError(one) || one.status === 'warning') ? 3 : 0;
}

function statusOf(findings: readonly DiagnosisFinding[]): Diagnosis['status'] {
  if (findings.some(isError)) return 'error';
  return findings.some((one) => one.status === 'warning') ? 'warning' : 'ok';
}

function isError({ status }: DiagnosisFinding): boolean {
  return status === 'error';
}
