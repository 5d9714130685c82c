/** A tag of the stand-in's site. Plain data. */
export interface StackTag {
  readonly name: string;
  /** All of its questions, those of `byDay` included. Default 1000. */
  readonly questions?: number;
  readonly unanswered?: number;
  readonly noAnswers?: number;
  /** `2026-11-20` → how many were asked on that day, UTC: the first in its first second, the last in its last. */
  readonly byDay?: Readonly<Record<string, number>>;
}

export interface StackNumbers {
  readonly questions: number;
  readonly unanswered: number;
  readonly noAnswers: number;
}

/** What the site tells of a tag: what is not given follows from the rest. */
export function numbersOf({ questions = 1000, unanswered, noAnswers }: StackTag): StackNumbers {
  const open = unanswered ?? Math.floor(questions / 3);
  return { questions, unanswered: open, noAnswers: noAnswers ?? Math.floor(open / 2) };
}

/** How many of the tag's questions were asked in these seconds, both ends included. */
export function askedBetween({ byDay = {} }: StackTag, from: number, to: number): number {
  let found = 0;
  for (const [day, count] of Object.entries(byDay)) {
    const start = Date.parse(`${day}T00:00:00Z`) / 1000;
    for (let place = 0; place < count; place += 1) {
      const second = start + (count === 1 ? 0 : Math.floor((place * 86_399) / (count - 1)));
      if (second >= from && second <= to) found += 1;
    }
  }
  return found;
}
