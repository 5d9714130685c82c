const units: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Bytes of `1GiB`, `500MB` or `1048576`; undefined for anything else, and for nothing at all. */
export function parseBytes(written: string | number): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?)\s*([A-Za-z]*)$/.exec(String(written).trim()) ?? [];
  const size = units[unit];
  if (digits === undefined || size === undefined) return undefined;
  const bytes = Math.round(Number(digits) * size);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
