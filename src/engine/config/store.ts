import type { AnySink } from '../../sdk/sink.ts';
import { didYouMean } from '../nearest.ts';
import type { Entry } from './entries.ts';
import type { Notes } from './notes.ts';
import { isRecord } from './path.ts';

/**
 * The sink that questions go to: the one that `store` names, or the first that can answer; undefined when none can. `holdsState`: it
 * is to hold kpi's own memory too. `raw`: the sinks as written, of which some may be no entries at all.
 */
export function chooseStore(
  asked: string | undefined,
  holdsState: boolean,
  sinks: readonly Entry<AnySink>[],
  raw: unknown,
  notes: Notes,
): string | undefined {
  const able = sinks.filter((entry) => entry.enabled && entry.integration.ask);
  const chosen = asked === undefined ? able[0] : sinks.find((entry) => entry.name === asked);
  if (asked !== undefined && !(isRecord(raw) && Object.hasOwn(raw, asked))) {
    const names = isRecord(raw) ? Object.keys(raw) : [];
    notes.problem(['store'], `names no sink${didYouMean(asked, names) || `; the sinks are ${names.join(', ') || 'none'}`}`);
  } else if (chosen && !chosen.enabled) {
    notes.problem(['store'], `names the sink "${chosen.name}", which is disabled`);
  } else if (chosen && !chosen.integration.ask) {
    const others = able.length > 0 ? `; ${able.map((entry) => entry.name).join(', ')} can` : '';
    notes.problem(['store'], `names the sink "${chosen.name}", which cannot answer questions${others}`);
  }
  if (holdsState && chosen && !chosen.integration.state) {
    notes.problem(['run', 'state'], `cannot be "store": the sink "${chosen.name}" cannot hold kpi's own memory`);
  } else if (holdsState && !chosen && asked === undefined) {
    notes.problem(['run', 'state'], 'cannot be "store": no sink can be the store');
  }
  return chosen?.name;
}
