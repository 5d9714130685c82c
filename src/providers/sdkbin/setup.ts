import type { Setup } from '../../sdk/setup.ts';

/** What `kpi init` asks for Sdkbin. */
export const setup: Setup = {
  questions: [{ setting: 'packages[]', ask: 'Sdkbin: packages to collect', example: 'TurboMqtt' }],
  secrets: [
    {
      setting: 'feed',
      variable: 'SDKBIN_FEED',
      what: 'the address of your feed at Sdkbin, with its key',
      scope: 'a key that may read the packages: there is none that may do less',
      url: 'https://sdkbin.com',
    },
  ],
};
