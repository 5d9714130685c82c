import type { Setup } from '../../sdk/setup.ts';

/** What `kpi init` asks for Stack Overflow. The key is left out: everything works without one, for a while. */
export const setup: Setup = {
  questions: [
    { setting: 'tagged[]', ask: 'Stack Overflow: tags whose questions are counted', example: 'typescript, akka.net' },
    { setting: 'site', ask: 'Stack Overflow: the site, where it is another of the network', default: 'stackoverflow' },
  ],
  secrets: [],
};
