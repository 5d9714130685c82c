import { expect, it } from 'vitest';
import { choice, configOf, given, names, positive } from './flags.ts';

it('hands the config flags on', () => {
  expect(configOf({ config: 'c.json', 'env-file': '.env' })).toEqual({ config: 'c.json', envFile: '.env' });
});

it('refuses an empty value', async () => {
  await expect(given('--at')(' ')).rejects.toThrow('--at has an empty value');
  await expect(given('--at')('-7d')).resolves.toBe('-7d');
});

it('takes one of its words', async () => {
  const flag = choice('--fail-on', ['any', 'required', 'never'], 'x');
  expect(flag.helpValue).toBe('any|required|never');
  await expect(flag.parse('any', {} as never, {} as never)).resolves.toBe('any');
  await expect(flag.parse('Any', {} as never, {} as never)).rejects.toThrow('--fail-on takes any, required or never, not "Any"');
});

it('takes whole numbers from 1', async () => {
  const flag = positive('--last', 'N', 'x', 20);
  expect(flag.default).toBe(20);
  await expect(flag.parse('7', {} as never, {} as never)).resolves.toBe(7);
  for (const wrong of ['0', '-1', '1.5', '1e3', '', 'x', '12345678901']) {
    await expect(flag.parse(wrong, {} as never, {} as never)).rejects.toThrow(`--last takes a whole number from 1, not "${wrong}"`);
  }
});

it('takes names with commas between, and never the word after', () => {
  expect(names('--sinks', 'A,B', 'x')).toMatchObject({ multiple: true, multipleNonGreedy: true, delimiter: ',' });
});
