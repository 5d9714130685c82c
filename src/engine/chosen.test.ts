import { expect, it } from 'vitest';
import { chosenProviders } from './chosen.ts';
import type { Config } from './config/config.ts';

const providers = [
  { name: 'github', enabled: true },
  { name: 'nuget', enabled: true },
  { name: 'off', enabled: false },
] as unknown as Config['providers'];

it('are all that are enabled, or those that are named', () => {
  expect(chosenProviders({ providers }, undefined).map((one) => one.name)).toEqual(['github', 'nuget']);
  expect(chosenProviders({ providers }, ['nuget']).map((one) => one.name)).toEqual(['nuget']);
});

it('are no others', () => {
  expect(() => chosenProviders({ providers }, ['nugat'])).toThrow('--providers: the config has no provider "nugat"; did you mean "nuget"?');
  expect(() => chosenProviders({ providers }, ['weather'])).toThrow('the config has no provider "weather"; it has github, nuget');
  expect(() => chosenProviders({ providers }, ['off'])).toThrow('--providers: "off" is disabled in the config');
});
