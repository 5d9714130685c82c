import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style | undefined, text: string) => string;

export const noPaint: Paint = (_style, text) => text;

const colours: Paint = (style, text) => (style === undefined || text === '' ? text : styleText(style, text, { validateStream: false }));

export function createPaint(colour: boolean): Paint {
  return colour ? colours : noPaint;
}

/**
 * Whether a stream gets colours: `FORCE_COLOR` before `NO_COLOR` (https://no-color.org) before what the stream is; the order is Node's,
 * https://nodejs.org/api/tty.html#writestreamhascolorscount-env.
 */
export function wantsColour(stream: { readonly isTerminal: boolean }, env: Readonly<Record<string, string | undefined>>): boolean {
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return stream.isTerminal && env.TERM !== 'dumb';
}
