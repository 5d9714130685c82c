import type { Setup } from '../../sdk/setup.ts';

/** What `kpi init` asks for GitHub. */
export const setup: Setup = {
  questions: [
    {
      setting: 'orgs[].name',
      ask: 'GitHub: organisations or users whose repositories are all collected',
      example: 'petabridge, akkadotnet',
    },
    { setting: 'repos[]', ask: 'GitHub: single repositories besides', example: 'akkadotnet/akka.net' },
  ],
  secrets: [
    {
      setting: 'token',
      variable: 'GITHUB_TOKEN',
      what: 'a token of GitHub',
      // GraphQL answers nobody without one. https://docs.github.com/en/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql
      scope:
        'for public repositories a classic token without any scope; for private ones a fine-grained token that may read Metadata, Issues and Pull requests',
      url: 'https://github.com/settings/tokens',
      // https://docs.github.com/en/actions/security-for-github-actions/security-guides/automatic-token-authentication
      inWorkflow: 'github.token',
    },
  ],
};
