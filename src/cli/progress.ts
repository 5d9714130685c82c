import type { RunEvent } from '../app.ts';
import type { Paint } from '../report/paint.ts';
import { statusStyle } from '../report/table.ts';
import { count, pad, plain, plural, truncate, width } from '../report/text.ts';
import type { Screen } from './host.ts';

const mostNameColumns = 20;

export type ProgressEvent = Extract<RunEvent, { type: 'progress' }>;

/** Shows how a run goes. It only listens. */
export interface Progress {
  listen(event: RunEvent): void;
  /** The last line is written; nothing follows. */
  end(): Promise<void>;
}

export const silence: Progress = { listen: () => undefined, end: async () => undefined };

/** How one instance stands: `github  3/12 targets · 412 points · 1 problem · waiting 43s for the rate limit`. */
export function progressText(event: ProgressEvent, nameColumns: number): string {
  return [nameText(event.instance, nameColumns), facts(event).join(' · ')].join('  ');
}

function nameText(name: string, columns: number): string {
  return pad(truncate(plain(name), columns), columns);
}

function facts(event: ProgressEvent): readonly string[] {
  const message = event.message === undefined || event.message === '' ? undefined : plain(event.message);
  if (event.phase === 'connecting') return [message ?? 'connecting'];
  const told: string[] = [];
  if (event.targets > 0) told.push(`${count(event.targetsDone)}/${plural(event.targets, 'target')}`);
  if (event.targets > 0 || event.points > 0) told.push(plural(event.points, 'point'));
  if (event.problems > 0) told.push(plural(event.problems, 'problem'));
  if (event.phase === 'done' && event.status !== undefined) told.unshift(event.status);
  if (message !== undefined) told.push(message);
  else if (event.phase === 'waiting') told.push('waiting');
  return told;
}

/** One line at the end of each instance or long part of it, and where it waits for long, for logs: each stands alone. */
export function plainProgress(write: (text: string) => void): Progress {
  return {
    listen(event) {
      if (event.type === 'progress' && (event.phase === 'done' || event.phase === 'waiting' || event.isMilestone))
        write(`${plain(event.instance)}: ${facts(event).join(', ')}\n`);
    },
    end: async () => undefined,
  };
}

/** What of listr2's renderer is not public, and is needed to write above its lines. */
interface Renderer {
  readonly updater?: { clear(): void };
  update(): void;
}

/** Lines on a terminal, one an instance, drawn anew as they change. With `clear` they go away at the end, for what follows. */
export async function terminalProgress(screen: Screen, options: { readonly clear: boolean }): Promise<Progress> {
  const { DefaultRenderer, Listr, ListrLogger, ProcessOutput, Spinner } = await import('listr2');
  const { paint } = screen;
  const titles = new Map<string, string>();
  const tasks = new Map<string, { title?: string }>();
  const open = new Map<string, () => void>();
  const done = new Set<string>();
  const delivered = new Map<string, string>();
  let running: Promise<unknown> = Promise.resolve();
  let nameColumns = 0;

  // listr2 takes the two streams of the process, holds back what others write there, and strips it: it gets streams of its own.
  const output = new ProcessOutput(stand(screen), stand(screen), { leaveEmptyLine: false });
  const spinner = new Spinner();
  const ticking = {
    fetch: () => spinner.fetch(),
    isRunning: () => spinner.isRunning(),
    stop: () => spinner.stop(),
    // Titles change with the spinner, not with each event: a run tells of thousands.
    start: (draw?: () => void) =>
      spinner.start(() => {
        retitle();
        draw?.();
      }),
  };

  function retitle() {
    for (const [name, task] of tasks) {
      const title = titles.get(name);
      if (title !== undefined && task.title !== title) task.title = title;
    }
  }

  function start(names: readonly string[]) {
    nameColumns = names.reduce((most, name) => Math.min(mostNameColumns, Math.max(most, width(plain(name)))), 0);
    for (const name of names) titles.set(name, paint('dim', `${nameText(name, nameColumns)}  in the queue`));
    const rendererOptions = {
      logger: new ListrLogger({ processOutput: output, useIcons: true, toStderr: [] }),
      spinner: ticking as InstanceType<typeof Spinner>,
      formatOutput: 'truncate' as const,
      clearOutput: options.clear,
      icon: { COMPLETED: '' },
      color: { PENDING: (text = '') => paint('cyan', text) },
    };
    const list = new Listr(
      [...names, delivery].map((name) => ({
        ...(titles.has(name) && { title: titles.get(name) ?? '' }),
        task: (_context: unknown, task: { title?: string }) => {
          tasks.set(name, task);
          retitle();
          return done.has(name) ? undefined : new Promise<void>((resolve) => open.set(name, resolve));
        },
      })),
      {
        concurrent: true,
        exitOnError: false,
        registerSignalListeners: false,
        renderer: DefaultRenderer,
        rendererOptions,
        // What it takes where standard output is no terminal: the same, for these lines go to standard error.
        fallbackRenderer: DefaultRenderer,
        fallbackRendererOptions: rendererOptions,
      },
    );
    screen.above((write) => {
      const renderer = (list as unknown as { readonly renderer?: Renderer }).renderer;
      renderer?.updater?.clear();
      write();
      if (renderer?.updater) renderer.update();
    });
    running = list.run();
  }

  /** Tasks begin a little after `start`. */
  function close(name: string) {
    done.add(name);
    retitle();
    open.get(name)?.();
  }

  return {
    listen(event) {
      if (event.type === 'started') start(event.instances.map((instance) => instance.name));
      if (event.type === 'delivering') {
        delivered.set(event.sink, `${plain(event.sink)} ${count(event.delivered)}/${count(event.offered)}`);
        titles.set(delivery, `${pad('', nameColumns)}  points delivered: ${[...delivered.values()].join(' · ')}`);
      }
      if (event.type !== 'progress') return;
      const text = progressText(event, nameColumns);
      titles.set(event.instance, event.phase === 'done' ? ended(event, text, paint) : text);
      if (event.phase !== 'done') return;
      close(event.instance);
    },
    async end() {
      if (titles.has(delivery)) titles.set(delivery, '');
      for (const name of [...titles.keys(), delivery]) close(name);
      await running;
      screen.above(undefined);
    },
  };
}

/** The task under those of the instances: it shows what is on its way to the sinks, once something is told. */
const delivery = '\0delivery';

function ended(event: ProgressEvent, text: string, paint: Paint): string {
  const style = statusStyle(event.status ?? 'ok');
  const mark = style === 'green' ? '✔' : style === 'red' ? '✖' : '⚠';
  return `${paint(style, mark)} ${text}`;
}

/** A stream as listr2 wants it, whose `write` may be replaced without harm. */
function stand(screen: Screen): NodeJS.WriteStream {
  return {
    isTTY: true,
    columns: screen.columns,
    write(text: string) {
      screen.write(text);
      return true;
    },
  } as unknown as NodeJS.WriteStream;
}
