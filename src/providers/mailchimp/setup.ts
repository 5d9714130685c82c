import type { Setup } from '../../sdk/setup.ts';
import { keysPage } from './judge.ts';

/** What `kpi init` asks for Mailchimp. */
export const setup: Setup = {
  questions: [{ setting: 'lists[]', ask: 'Mailchimp: the ids of single audiences (none: all of the account)', example: 'a1b2c3d4e5' }],
  secrets: [
    {
      setting: 'apiKey',
      variable: 'MAILCHIMP_API_KEY',
      what: 'a key of the Marketing API of Mailchimp',
      // Keys have no scopes. https://mailchimp.com/help/about-api-keys/
      scope: 'there are no lesser keys: it may do what its user may, who must be a Manager at least to make one',
      url: keysPage,
    },
  ],
};
