import type { FaultName } from '../../src/testing/stand-in.ts';
import type { Cell } from './cells.ts';
import { githubCells } from './github-cells.ts';
import { githubTrafficCells } from './github-traffic-cells.ts';
import { googleAnalyticsCells } from './google-analytics-cells.ts';
import { mailchimpCells } from './mailchimp-cells.ts';
import { nugetCells } from './nuget-cells.ts';
import { redditCells } from './reddit-cells.ts';
import { sdkbinCells } from './sdkbin-cells.ts';
import { stackoverflowCells } from './stackoverflow-cells.ts';
import type { ProviderName } from './upstreams.ts';
import { websiteCells } from './website-cells.ts';

/** What each fault does to each provider. One that is absent cannot occur, for a reason that the stand-in of its upstream gives. */
export const matrix: Readonly<Record<ProviderName, Partial<Record<FaultName, Cell>>>> = {
  github: githubCells,
  'github-traffic': githubTrafficCells,
  'google-analytics': googleAnalyticsCells,
  mailchimp: mailchimpCells,
  nuget: nugetCells,
  reddit: redditCells,
  sdkbin: sdkbinCells,
  stackoverflow: stackoverflowCells,
  website: websiteCells,
};
