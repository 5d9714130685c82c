import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRunFile } from './runs-file.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-runs-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const plain = (text: string) => text;

describe('openRunFile', () => {
  it('makes nothing until there is a line', () => {
    const file = openRunFile(dir, { runId: 'run-1', redact: plain });
    file.close();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('writes each record as a line at once', () => {
    const file = openRunFile(dir, { runId: 'run-1', redact: plain });
    const records = [
      { kind: 'network', message: 'two\nlines \u{1f680}' },
      { count: 1, none: undefined },
    ];
    for (const [index, record] of records.entries()) {
      file.write(record);
      expect(lines(file.path)).toHaveLength(index + 1);
    }
    file.close();
    file.close();
    expect(lines(file.path)).toEqual([{ kind: 'network', message: 'two\nlines \u{1f680}' }, { count: 1 }]);
    expect(file.failure).toBeUndefined();
    expect(file.path).toBe(join(dir, 'runs', 'run-1.ndjson'));
  });

  it('takes secrets out of values, keys and numbers, and the lines stay JSON', () => {
    const redact = (text: string) => text.replaceAll('s3cr"et-1', '***').replaceAll('s3cr\\"et-1', '***').replaceAll('12345678', '***');
    const file = openRunFile(dir, { runId: 'run-1', redact });
    file.write({ message: 'token s3cr"et-1 refused', deep: [{ a: 's3cr"et-1' }] });
    file.write({ 's3cr"et-1': 'a key' });
    file.write({ pin: 12345678 });
    file.close();
    const text = readFileSync(file.path, 'utf8');
    expect(text).not.toMatch(/et-1|12345678/);
    expect(lines(file.path)).toEqual([
      { message: 'token *** refused', deep: [{ a: '***' }] },
      { record: '{"***":"a key"}' },
      { record: '{"pin":***}' },
    ]);
  });

  it('keeps the newest files, its own among them, and touches nothing else', () => {
    const folder = join(dir, 'runs');
    mkdirSync(folder);
    for (let n = 0; n < 6; n++) {
      const path = join(folder, `old-${n}.ndjson`);
      writeFileSync(path, '{}\n');
      utimesSync(path, 1_700_000_000 + n, 1_700_000_000 + n);
    }
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const file = openRunFile(dir, { runId: 'a-new-one', redact: plain, keep: 3 });
    file.write({});
    file.close();
    expect(readdirSync(folder).sort()).toEqual(['a-new-one.ndjson', 'notes.txt', 'old-4.ndjson', 'old-5.ndjson']);
  });

  it('says once what is missing where the folder cannot be made, and never throws', () => {
    writeFileSync(join(dir, 'runs'), 'a file in the way');
    const file = openRunFile(dir, { runId: 'run-1', redact: plain });
    file.write({});
    const { failure } = file;
    expect(failure).toMatch(/run-1\.ndjson lacks problems of this run \(E\w+: .*\): check the disk/);
    file.write({});
    expect(file.failure).toBe(failure);
    file.close();
    expect(existsSync(file.path)).toBe(false);
  });
});

function lines(path: string): unknown[] {
  const text = readFileSync(path, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}
