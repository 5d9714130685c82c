import type { SinkChanges, SinkStatus, StoreStatus } from '../app.ts';
import { grid, gridWidth } from '../report/grid.ts';
import { bytes, count, minute, moment, plain } from '../report/text.ts';
import type { Stream } from './host.ts';

type Look = Pick<Stream, 'columns' | 'paint'>;

/** 0: all are well; 1: none is; 3: some are. */
export function storesExitCode(well: readonly boolean[]): number {
  if (well.every(Boolean)) return 0;
  return well.some(Boolean) ? 3 : 1;
}

export function isReady(store: SinkStatus): boolean {
  if (store.error !== undefined) return false;
  return (store.status?.problems ?? []).length === 0 && (store.status?.measurements ?? []).every((one) => one.problems.length === 0);
}

export function changesText(stores: readonly SinkChanges[], { columns, paint }: Look): string {
  const texts = stores.map((store) => {
    if (store.error !== undefined) return title(store, { columns, paint }) + failed(store.error, { columns, paint });
    if (store.changes.length === 0) return `${title(store, { columns, paint })}  nothing to make ready\n`;
    const rows = store.changes.map((change) => [
      { text: change.action, style: change.action === 'ready' ? ('dim' as const) : ('green' as const) },
      { text: plain(change.object) + (change.detail === undefined ? '' : ` (${plain(change.detail)})`) },
    ]);
    return title(store, { columns, paint }) + grid([{ text: '' }, { text: '' }], rows, { columns, paint, indent: 2 });
  });
  return texts.length === 0 ? 'no sinks\n' : texts.join('\n');
}

export function statusText(stores: readonly SinkStatus[], { columns, paint }: Look): string {
  const texts = stores.map((store) => {
    const head = title(store, { columns, paint });
    if (store.error !== undefined) return head + failed(store.error, { columns, paint });
    const { status } = store;
    if (status === undefined) return `${head}  cannot be asked\n`;
    const problems = [
      ...status.problems,
      ...status.measurements.flatMap((one) => one.problems.map((problem) => `${one.name}: ${problem}`)),
    ];
    const body = status.measurements.length === 0 ? '  holds no measurement\n' : measurementGrid(status.measurements, { columns, paint });
    const size = status.bytes === undefined ? '' : `  ${bytes(status.bytes)}\n`;
    return head + problems.map((problem) => failed(problem, { columns, paint })).join('') + body + size;
  });
  return texts.length === 0 ? 'no sinks\n' : texts.join('\n');
}

function measurementGrid(measurements: StoreStatus['measurements'], { columns, paint }: Look): string {
  function layout(time: (iso: string) => string) {
    const rows = measurements.map((one) => [
      { text: plain(one.name) },
      { text: one.rows === undefined ? '' : count(one.rows) },
      { text: range(one.from, one.to, time) },
    ]);
    return { headings: [{ text: 'MEASUREMENT' }, { text: 'ROWS', align: 'right' as const }, { text: 'FROM, TO' }], rows };
  }
  const full = layout(moment);
  const { headings, rows } = gridWidth(full.headings, full.rows) + 2 <= columns ? full : layout(minute);
  return grid(headings, rows, { columns, paint, indent: 2 });
}

function title(store: { readonly sink: string; readonly type: string }, { paint }: Look): string {
  return `${paint('bold', plain(store.sink))}${store.type === store.sink ? '' : ` (${plain(store.type)})`}\n`;
}

function failed(message: string, { columns, paint }: Look): string {
  return grid([{ text: '' }, { text: '' }], [[{ text: '✖', style: 'red' }, { text: plain(message) }]], { columns, paint, indent: 2 });
}

/** To the second at most. */
function range(from: Date | undefined, to: Date | undefined, time: (iso: string) => string): string {
  return [from, to].flatMap((one) => (one === undefined ? [] : [time(`${one.toISOString().slice(0, 19)}.000Z`)])).join(', ');
}
