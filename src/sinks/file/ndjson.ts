import type { Entry } from '../../sdk/point.ts';

/**
 * Makes lines of NDJSON, each with its line break: a point as others read it, with `runId`, `collectedAt` and `provisional`. What
 * entries share, which is nearly all of the end, is spelt once.
 */
export function createNdjson(): (batch: readonly Entry[]) => string {
  let end = '';
  let endOf: Entry | undefined;
  let time = '';
  let timeMs = Number.NaN;

  function endFor(entry: Entry): string {
    if (endOf?.collectedAt === entry.collectedAt && endOf.runId === entry.runId && endOf.provisional === entry.provisional) return end;
    const { runId, collectedAt, provisional } = entry;
    endOf = entry;
    end = `,"runId":${JSON.stringify(runId)},"collectedAt":"${collectedAt.toISOString()}","provisional":${provisional}}\n`;
    return end;
  }

  return (batch) => {
    let text = '';
    for (const entry of batch) {
      const { point } = entry;
      if (point.time.getTime() !== timeMs) {
        time = point.time.toISOString();
        timeMs = point.time.getTime();
      }
      text += `{"measurement":"${point.measurement}","tags":${JSON.stringify(point.tags)},"fields":${JSON.stringify(point.fields)},"time":"${time}"`;
      text += endFor(entry);
    }
    // The same JSON, and on standard output no command to GitHub's runner, which takes one from anywhere in a line.
    return text.replaceAll('##[', String.raw`##\u005b`);
  };
}

/** How each of these lines begins. */
const beginning = '{"measurement":"';

/** True for the beginning of one of these lines that is not all of it. */
export function isTornNdjson(line: string): boolean {
  if (!line.startsWith(beginning) && !beginning.startsWith(line)) return false;
  try {
    JSON.parse(line);
    return false;
  } catch {
    return true;
  }
}
