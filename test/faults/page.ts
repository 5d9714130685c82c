import { defaultPolicy } from '../../src/engine/policy.ts';
import { formatDuration } from '../../src/sdk/time.ts';
import { faultNames } from '../../src/testing/stand-in.ts';
import { type Cell, meanings, world } from './cells.ts';
import { matrix } from './matrix.ts';
import { kinds, type ProviderName, providerNames } from './upstreams.ts';

const intro = `<!-- Made from test/faults by \`npm run docs\`; changes to this file would be lost. -->

# What happens when an upstream misbehaves

Each row is something that an upstream can do wrong, each column a provider. A cell tells the provider's status in the report, how
often a request is tried again and after how many seconds, and what the report says, beside the target's name. Every cell is a test of
the whole program against a server that really does this, with all other providers at work beside it. In each of them:

- no point is stored but what a good answer carried: what was not measured is absent, never zero;
- the other providers bring everything;
- the provider's secret is in no file, report, log or database, and goes to no second origin.

The exit code is 0 where all statuses are \`ok\`, 3 where another provider brought its data, and 1 where none did. Waits of 1, 4 and 16
seconds are up to a quarter longer, so that what failed together does not come back together. A wait that would end after the run
(\`timeout\`, 10 minutes), or is longer than an hour, is not begun: the target fails at once and says until when the pause is. What a
quota asks for is waited for as long as the run lasts.

For \`github\` the token asks for an organisation and a repository, for \`github-traffic\` for what led to a repository, of which
REST alone tells, for \`nuget\` a feed with a password is asked for a package and an
owner at two search endpoints, for \`google-analytics\` a property is asked for one report over HTTP, for
\`mailchimp\` the key asks for the lists, campaigns and automations of an account, for \`reddit\` an app for a subreddit and its posts, for
\`sdkbin\` a feed with a key in its path is asked for two packages, for
\`stackoverflow\` a key for a tag and its days, and for \`website\` the site has a \`match\`. A failed check of a website is a point, not a failure of the
run, and a check is never tried again.
`;

/** The page \`docs/faults.md\`. */
export function faultsPage(): string {
  const rows = faultNames.map((name) => `| ${[meanings[name], ...providerNames.map((provider) => entry(provider, name))].join(' | ')} |`);
  const head = `| the upstream | ${providerNames.join(' | ')} |`;
  return `${intro}\n${[head, `|${' --- |'.repeat(providerNames.length + 1)}`, ...rows].join('\n')}\n`;
}

function entry(provider: ProviderName, name: (typeof faultNames)[number]): string {
  const cell = matrix[provider][name];
  if (cell)
    return [`**${cell.status}**`, retries(cell), says(cell, kinds[provider].timeoutMs), ...(cell.note ? [`(${cell.note})`] : [])]
      .filter(Boolean)
      .join(' · ');
  const reason = kinds[provider].cannot[name] ?? '';
  return `cannot be: ${reason.replace(/\.$/, '').replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())}`;
}

function retries({ retried }: Cell): string {
  if (!retried) return 'no retry';
  const waits = [...new Set(retried.waits.map(({ seconds }) => seconds))];
  const each = waits.length < retried.waits.length ? 'each after ' : 'after ';
  const times = retried.waits.length === 1 ? '1 retry' : `${retried.waits.length} retries`;
  return `${times} ${each}${waits.join(', ')} s`;
}

function says({ problems, stored }: Cell, timeoutMs?: number): string {
  const [problem] = problems;
  if (problem && problem.severity !== 'notice') return `“${short(problem.message, timeoutMs)}”`;
  const [row] = stored([]);
  if (row === undefined) return 'no problem';
  const { up, reason, status } = row.fields;
  return `\`up: ${String(up)}\`, \`reason: ${String(reason)}\`${status === undefined ? '' : `, \`status: ${String(status)}\``}`;
}

/** A message as it would be of a real upstream, without what the report says beside it. */
function short(message: string, timeoutMs = defaultPolicy.timeoutMs): string {
  return message
    .replace(
      new RegExp(
        `^(the repositories of ${world}|traffic of property \\d+|lists|unanswered questions of acme-[^:]*|r/acme_[^:]*|package ${world}\\.(?:named|Kit)|packages of ${world} from 1|the referrers of ${world}visited/site): `,
      ),
      '',
    )
    .replaceAll('http://{other}', 'https://OTHER')
    .replaceAll(/\{host\}[\w./:*]*/g, 'HOST')
    .replaceAll(/\{other\}[\w./:]*/g, 'OTHER')
    .replaceAll('{limit}', formatDuration(timeoutMs))
    .replaceAll('{time}', '2036-11-18T20:00:00.000Z')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;');
}
