import type { z } from 'zod';
import type { ProviderContext } from '../../sdk/context.ts';
import type { Settings } from './settings.ts';

/** The part of GitHub that GraphQL does not have. */
export interface Rest {
  /** Asks for one thing of a repository, such as `/traffic/views`. `what` it is, in words. */
  get<Schema extends z.ZodType>(
    context: ProviderContext,
    repo: string,
    path: string,
    what: string,
    schema: Schema,
  ): Promise<z.output<Schema>>;
}

/** https://docs.github.com/en/rest/about-the-rest-api/api-versions */
const version = '2022-11-28';

export function createRest({ baseUrl, token }: Settings): Rest {
  // An Enterprise Server has its GraphQL at /api/graphql, and the rest at /api/v3.
  const base = baseUrl.endsWith('/api') ? `${baseUrl}/v3` : baseUrl;
  return {
    get(context, repo, path, what, schema) {
      const headers = {
        authorization: `Bearer ${token.reveal()}`,
        accept: 'application/vnd.github+json',
        'user-agent': 'kpi',
        'x-github-api-version': version,
      };
      return context.http.json(schema, `${base}/repos/${repo}${path}`, { headers, what });
    },
  };
}
