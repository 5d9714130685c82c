import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { hostileReport, hostileWords } from '../testing/hostile-report.ts';
import { reportMarkdown } from './markdown.ts';
import { plain } from './text.ts';
import { annotations, harmless } from './workflow-commands.ts';

const unescaped = (html: string) =>
  html
    .replaceAll('&#58;', ':')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('a run of 300 problems with hostile words', () => {
  const report = hostileReport();
  const markdown = reportMarkdown(report, 1024 * 1024);

  it('has a summary under 1 MiB', () => {
    expect(Buffer.byteLength(markdown)).toBeLessThan(200_000);
    expect(markdown).not.toContain('This page was cut');
  });

  it('shows each word as it is, and nothing else that it could mean', async () => {
    const html = await marked.parse(markdown, { gfm: true });
    const tags = new Set([...html.matchAll(/<(\/?[\w-]+)/g)].map(([, tag = '']) => tag.replace('/', '')));
    const ours = ['h2', 'h3', 'p', 'ul', 'li', 'details', 'summary', 'table', 'thead', 'tbody', 'tr', 'th', 'td'];
    expect([...tags].filter((tag) => !ours.includes(tag))).toEqual([]);
    expect(html.match(/<h[23]/g)).toHaveLength(3);
    expect(html.match(/<tr>/g)).toHaveLength(3 + report.providers.length + report.sinks.length + 1);
    expect(html.match(/<(?:th|td)[ >]/g)).toHaveLength(3 * 8 + 3 * 9 + 2 * 4);
    const text = unescaped(html);
    for (const word of hostileWords) expect(text).toContain(plain(word));
  });

  it('has 10 annotations of each kind, one line and one command each', () => {
    const lines = annotations(report);
    expect(lines.filter((line) => line.startsWith('::error '))).toHaveLength(10);
    expect(lines.filter((line) => line.startsWith('::warning '))).toHaveLength(10);
    expect(lines).toHaveLength(20);
    for (const line of lines) {
      expect(line).toMatch(/^::(?:error|warning) title=[^:,]*::/);
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/u);
    }
  });

  it('makes no other line that the runner takes for a command', () => {
    for (const line of harmless(hostileWords.join('\n')).split(/\r\n|[\r\n]/)) {
      expect(line.trimStart()).not.toMatch(/^::/);
      expect(line).not.toContain('##[');
    }
  });
});
