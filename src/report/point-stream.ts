import { type Point, pointJson } from '../sdk/point.ts';
import type { RunReport } from '../sdk/report.ts';
import { type ErrorReport, json } from './json.ts';

/**
 * A report whose points come before it, one a line, as they are collected: one JSON object that is never whole in memory. An error that
 * ends it after a point has the points before it as well.
 */
export interface PointStream {
  point(point: Point): void;
  end(report: RunReport | ErrorReport): void;
}

export function createPointStream(write: (text: string) => void): PointStream {
  let points = 0;
  return {
    point(point) {
      write(`${points === 0 ? '{\n  "points": [\n' : ',\n'}    ${pointJson(point)}`);
      points += 1;
    },
    end(report) {
      const members = json(report).slice('{\n'.length);
      if (points > 0) write(`\n  ],\n${members}`);
      else write('error' in report ? json(report) : `{\n  "points": [],\n${members}`);
    },
  };
}
