import { describe, expect, it } from 'vitest';
import { noPaint } from '../report/paint.ts';
import { type Progress, type ProgressEvent, plainProgress, progressText, terminalProgress } from './progress.ts';

const github: ProgressEvent = {
  type: 'progress',
  instance: 'github',
  phase: 'collecting',
  targetsDone: 3,
  targets: 12,
  points: 1412,
  problems: 1,
};
const nuget: ProgressEvent = {
  type: 'progress',
  instance: 'nuget',
  phase: 'done',
  status: 'ok',
  targetsDone: 3,
  targets: 3,
  points: 18,
  problems: 0,
};

describe('progressText', () => {
  it('counts targets, points and problems', () => {
    expect(progressText(github, 8)).toBe('github    3/12 targets · 1,412 points · 1 problem');
  });

  it('says what an instance waits for', () => {
    const waiting = { ...github, problems: 0, phase: 'waiting', message: 'waiting 43s for the rate limit' } as const;
    expect(progressText(waiting, 6)).toBe('github  3/12 targets · 1,412 points · waiting 43s for the rate limit');
  });

  it('says so before it knows the targets', () => {
    expect(progressText({ ...github, phase: 'connecting', targets: 0, targetsDone: 0, points: 0, problems: 0 }, 6)).toBe(
      'github  connecting',
    );
  });

  it('shows no control characters of a name or a message', () => {
    const text = progressText({ ...github, instance: 'git\u001b[2Jhub', message: 'a\nb' }, 20);
    expect(text).toContain('git\\x1b[2Jhub');
    expect(text).toContain('a\\nb');
  });
});

describe('plainProgress', () => {
  it('writes one line an instance, at its end', () => {
    const lines: string[] = [];
    const progress = plainProgress((text) => lines.push(text));
    for (const event of [github, nuget, { ...github, phase: 'done', status: 'partial' } as const]) progress.listen(event);
    expect(lines).toEqual(['nuget: ok, 3/3 targets, 18 points\n', 'github: partial, 3/12 targets, 1,412 points, 1 problem\n']);
  });

  it('writes one for each part of a long work', () => {
    const lines: string[] = [];
    plainProgress((text) => lines.push(text)).listen({ ...github, message: 'chunk 2 of 5', isMilestone: true });
    expect(lines).toEqual(['github: 3/12 targets, 1,412 points, 1 problem, chunk 2 of 5\n']);
  });
});

describe('terminalProgress', () => {
  async function onScreen(clear: boolean) {
    let written = '';
    let through: ((write: () => void) => void) | undefined;
    const screen = {
      isTerminal: true,
      columns: 80,
      paint: noPaint,
      write(text: string) {
        written += text;
      },
      above(next: ((write: () => void) => void) | undefined) {
        through = next;
      },
    };
    const progress = await terminalProgress(screen, { clear });
    return {
      progress,
      written: () => written,
      log(text: string) {
        if (through) through(() => screen.write(text));
        else screen.write(text);
      },
    };
  }

  function start(progress: Progress) {
    const instances = ['github', 'nuget'].map((name) => ({ name, type: name }));
    progress.listen({
      type: 'started',
      runId: 'r',
      at: '2026-11-21T20:00:00.000Z',
      dryRun: false,
      instances,
      stdoutTaken: false,
      details: '',
    });
  }

  it('leaves one line an instance', async () => {
    const { progress, written } = await onScreen(false);
    start(progress);
    progress.listen(nuget);
    progress.listen({ type: 'delivering', sink: 'local', delivered: 4, offered: 18 });
    progress.listen({ ...github, phase: 'done', status: 'failed' });
    await progress.end();
    expect(written().split('\u001b[?2026l').at(-1)).toContain(
      '✖ github  failed · 3/12 targets · 1,412 points · 1 problem\n✔ nuget   ok · 3/3 targets · 18 points\n',
    );
  });

  it('ends at once, also before it drew anything, and twice', async () => {
    const { progress, written } = await onScreen(true);
    start(progress);
    await progress.end();
    await progress.end();
    expect(written()).not.toContain('✔');
  });

  it('ends when no run was started', async () => {
    const { progress, written } = await onScreen(true);
    await progress.end();
    expect(written()).toBe('');
  });

  it('lets other lines be written above its own, and as they are once it is over', async () => {
    const { progress, written, log } = await onScreen(false);
    start(progress);
    log('before it draws\n');
    progress.listen(nuget);
    // The renderer is loaded, and the first frame drawn, a few turns later.
    while (!written().includes('nuget')) await new Promise((resolve) => setImmediate(resolve));
    const drawn = written().length;
    log('a warning\n');
    const [erased = '', redrawn = ''] = written().slice(drawn).split('a warning\n');
    expect(erased).toContain('\u001b[1A');
    expect(redrawn).toContain('github');
    await progress.end();
    const over = written().length;
    log('the end\n');
    expect(written().slice(over)).toBe('the end\n');
  });
});
