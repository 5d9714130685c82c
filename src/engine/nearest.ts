/**
 * The candidate that `name` was most likely meant to be: at most a third of its letters mistyped (swapped neighbours count once), or
 * its beginning. Undefined when nothing comes near.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const given = plain(name);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(given.length / 3)) + 1;
  let begun: string | undefined;
  for (const candidate of candidates) {
    const known = plain(candidate);
    const far = distance(given, known);
    if (far < bestDistance && far < known.length) {
      best = candidate;
      bestDistance = far;
    }
    if (begun === undefined && given.length >= 3 && known.startsWith(given)) begun = candidate;
  }
  return best ?? begun;
}

/** `; did you mean "x"?` for the end of a message, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const near = nearest(name, candidates);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** Case, `-` and `_` are not what people get wrong on purpose. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Damerau-Levenshtein in its form of optimal string alignment. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(last, column) + 1, at(line, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(before, column - 2) + 1);
      line.push(cost);
    }
    before = last;
    last = line;
  }
  return at(last, b.length);
}

function at(line: readonly number[], column: number): number {
  return line[column] ?? Number.POSITIVE_INFINITY;
}
