import type { Entry, FieldValue, Point } from '../../sdk/point.ts';
import { tagNames } from '../../sdk/point.ts';
import type { StateChange } from '../../sdk/sink.ts';
import type { Tally } from '../tally.ts';
import { type Good, isUnder, judge, type Known, type Reading } from './judge.ts';
import { changesTo, counterKey, gapless, type Held, heldPoint, type Recalled } from './kept.ts';
import type { Rule, Rules } from './rules.ts';

/** The readings of one instance in one run. */
export interface Guards {
  /** What goes on to the sinks: without values that are held, with those that are released, and with what counters have grown by. */
  pass(entries: readonly Entry[]): readonly Entry[];
  /** Values that this run held back; each is an error of the tally. */
  readonly held: number;
  /** Points of which nothing was left. */
  readonly emptied: number;
  /** Tells of what earlier runs held and this one had no reading for. */
  end(): void;
  /** What the state is to know, once all of it was delivered or spooled. */
  changes(): readonly StateChange[];
}

export interface GuardsOptions {
  readonly instance: string;
  readonly rules: Rules;
  readonly recalled: Recalled;
  /** The time of the instance's snapshots. */
  readonly at: Date;
  readonly runId: string;
  readonly tally: Tally;
}

/** Of one counter of one series, and of all of an instance: what is held beyond them is not kept, the oldest first. */
const mostOfACounter = 20;
const mostOfAll = 20_000;

export function createGuards({ instance, rules, recalled, at, runId, tally }: GuardsOptions): Guards {
  const counters = new Map(recalled.counters);
  const mayDiffer = gapless(recalled);
  const seen = new Set<string>();
  const decided = new Set<string>();
  const told = new Set<string>();
  let kept = [...counters.values()].reduce((sum, { held }) => sum + held.length, 0);
  let held = 0;
  let emptied = 0;
  let unkept = 0;

  function pass(entries: readonly Entry[]): readonly Entry[] {
    const passed: Entry[] = [];
    for (const entry of entries) {
      const ofFields = rules.get(entry.point.measurement);
      const point = ofFields ? guarded(entry, ofFields, passed) : entry.point;
      if (point) passed.push(point === entry.point ? entry : { ...entry, point });
      else emptied++;
    }
    return passed;
  }

  /** The point as it goes on; what is released with it is put before it. */
  function guarded(entry: Entry, ofFields: ReadonlyMap<string, Rule>, passed: Entry[]): Point | undefined {
    const { point } = entry;
    let fields: Record<string, FieldValue> | undefined;
    for (const [field, rule] of ofFields) {
      const value = point.fields[field];
      if (typeof value !== 'number') continue;
      const good = read(entry, field, value, rule, passed);
      if (good && (rule.delta === undefined || good.delta === undefined)) continue;
      fields ??= { ...point.fields };
      if (!good) delete fields[field];
      else if (rule.delta !== undefined && good.delta !== undefined) fields[rule.delta] = good.delta;
    }
    if (!fields) return point;
    for (const _ in fields) return { ...point, fields };
    return undefined;
  }

  /** Takes in one value; undefined where it is held. */
  function read({ point, collectedAt }: Entry, field: string, value: number, rule: Rule, passed: Entry[]): Good<Reading> | undefined {
    const { measurement, tags, time } = point;
    const key = counterKey(measurement, tags, field);
    const known = recalled.counters.get(key) ?? { readings: [], held: [] };
    const reading = { time: time.getTime(), value };
    const verdict = judge(known, rule.guard, reading, mayDiffer);
    const item = () => `${measurement}.${field} ${seriesWords(tags)}`;
    const isFirst = !seen.has(key);
    seen.add(key);
    if (verdict.held) {
      const one: Held = {
        measurement,
        tags,
        field,
        ...reading,
        collectedAt: collectedAt.getTime(),
        was: verdict.was,
        reason: verdict.reason,
      };
      hold(key, isFirst ? known : (counters.get(key) ?? known), one);
      if (told.has(key)) return undefined;
      told.add(key);
      held++;
      // What is under the least is not believed for being said again.
      const release = isUnder(rule.guard ?? {}, value) ? '' : 'two later readings that agree with it release it, or ';
      const message = `held, since ${verdict.reason}: ${release}kpi quarantine accept${release === '' ? ' releases it' : ''}`;
      tally.add({ severity: 'error', kind: 'held', item: `${item()}: ${verdict.was} → ${value}`, message });
      return undefined;
    }
    // What this run held of the counter before, in another batch, is held no more.
    const ownHeld = (counters.get(key)?.held ?? []).filter((one) => !known.held.includes(one));
    kept -= (counters.get(key) ?? known).held.length - verdict.next.held.length;
    counters.set(key, verdict.next);
    const dropped = [...(decided.has(key) ? [] : verdict.dropped), ...ownHeld];
    if (dropped.length > 0) {
      notice(`${item()}: ${dropped.map((one) => one.value).join(', ')}`, 'what was held is dropped, since a later reading contradicts it');
    }
    if (decided.has(key)) return verdict.good;
    decided.add(key);
    const { broke, released, was } = verdict;
    if (broke !== undefined) notice(`${item()}: ${was} → ${value}`, `taken as it is, though ${broke}`);
    if (released.length > 0) {
      const message = 'what was held goes on to the sinks, since two later readings agree with it';
      notice(`${item()}: ${released.map((one) => one.reading.value).join(', ')}`, message);
      passed.push(...released.map((one) => heldEntry(one, rule, runId)));
    }
    return verdict.good;
  }

  function hold(key: string, { readings, held: before }: Known<Held>, one: Held): void {
    const others = before.filter(({ time }) => time !== one.time);
    const isFull = others.length >= mostOfACounter || (kept >= mostOfAll && others.length === before.length);
    const room = isFull ? others.slice(1) : others;
    if (isFull) unkept++;
    const all = isFull && others.length === 0 ? [] : [...room, one].sort((a, b) => a.time - b.time);
    kept += all.length - before.length;
    counters.set(key, { readings, held: all });
  }

  function notice(item: string, message: string): void {
    tally.add({ severity: 'notice', kind: 'notice', item, message });
  }

  return {
    pass,
    get held() {
      return held;
    },
    get emptied() {
      return emptied;
    },
    end() {
      if (unkept > 0)
        notice(
          '',
          `${unkept} held values were given up, since more than ${mostOfACounter} of a series or ${mostOfAll} in all are not kept`,
        );
      let left = 0;
      for (const [key, known] of counters) {
        if (!seen.has(key)) left += known.held.filter((one) => rules.get(one.measurement)?.has(one.field)).length;
      }
      if (left > 0)
        notice('', `${left} held values of earlier runs are left, and nothing was read that decides on them: see kpi quarantine list`);
    },
    changes: () => changesTo(instance, recalled, counters, at.getTime()),
  };
}

/** A held value that is believed now, as it goes to the sinks: at its own time, collected when it was. */
export function heldEntry({ reading, delta }: Good<Held>, { delta: field }: Rule, runId: string): Entry {
  const point = heldPoint(reading, field !== undefined && delta !== undefined ? { [field]: delta } : {});
  return { point, runId, collectedAt: new Date(reading.collectedAt), provisional: false };
}

/** `package=Akka, version=1.2`. */
function seriesWords(tags: Held['tags']): string {
  return tagNames(tags)
    .map((name) => `${name}=${tags[name]}`)
    .join(', ');
}
