import { describe, expect, it } from 'vitest';
import { createPaint, noPaint, wantsColour } from './paint.ts';

describe('wantsColour', () => {
  const terminal = { isTerminal: true };
  const file = { isTerminal: false };
  it.each([
    [terminal, {}, true],
    [file, {}, false],
    [terminal, { NO_COLOR: '1' }, false],
    [terminal, { NO_COLOR: '' }, true],
    [terminal, { TERM: 'dumb' }, false],
    [file, { FORCE_COLOR: '1' }, true],
    [file, { FORCE_COLOR: '' }, true],
    [terminal, { FORCE_COLOR: '0' }, false],
    [file, { FORCE_COLOR: '3', NO_COLOR: '1' }, true],
  ])('%j with %j: %j', (stream, env, wanted) => {
    expect(wantsColour(stream, env)).toBe(wanted);
  });
});

describe('createPaint', () => {
  it('colours, or does not', () => {
    expect(createPaint(true)('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(createPaint(true)(undefined, 'x')).toBe('x');
    expect(createPaint(false)('red', 'x')).toBe('x');
    expect(noPaint('red', 'x')).toBe('x');
  });
});
