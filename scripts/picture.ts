// Draws docs/run-it/job-summary.png: the summary and the annotations of a run of 300 problems, much as GitHub shows them. Needs Chromium
// (`CHROMIUM` names it). What the page says is what the program writes; only its looks are made here.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { marked } from 'marked';
import { reportMarkdown } from '../src/report/markdown.ts';
import { annotations } from '../src/report/workflow-commands.ts';
import { hostileReport } from '../src/testing/hostile-report.ts';

const picture = join(import.meta.dirname, '../docs/run-it/job-summary.png');
const report = hostileReport();
const summary = await marked.parse(reportMarkdown(report, 1024 * 1024), { gfm: true });

/** As the runner reads them. */
const notes = annotations(report).map((line) => {
  const [, level = '', title = '', message = ''] = /^::(\w+) title=(.*?)::(.*)$/.exec(line) ?? [];
  return `<div class="note ${level}"><b>${html(decoded(title))}</b><pre>${html(decoded(message))}</pre></div>`;
});

const style = `
  body { font: 14px/1.5 system-ui, 'DejaVu Sans', sans-serif; color: #1f2328; margin: 24px; width: 1052px; background: #fff }
  section { border: 1px solid #d1d9e0; border-radius: 6px; padding: 0 16px 16px; margin-bottom: 16px }
  h4 { margin: 0 -16px 8px; padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0 }
  h2, h3 { border-bottom: 1px solid #d1d9e0; padding-bottom: 4px; margin: 16px 0 8px }
  li { overflow-wrap: anywhere } details { margin: 8px 0 } summary { cursor: pointer }
  table { border-collapse: collapse; margin: 12px 0 } th, td { border: 1px solid #d1d9e0; padding: 4px 10px }
  tr:nth-child(2n) { background: #f6f8fa }
  .note { border-left: 4px solid #cf222e; padding: 2px 12px; margin: 6px 0 } .note.warning { border-color: #9a6700 }
  pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 12px/1.4 'DejaVu Sans Mono', monospace }`;
const page = `<!doctype html><meta charset="utf-8"><style>${style}</style>
<section><h4>Annotations: 10 errors and 10 warnings</h4>${notes.slice(0, 4).join('')}<p>…</p>${notes.slice(9, 11).join('')}<p>…</p></section>
<section><h4>collect summary</h4>${summary}</section>`;

const folder = mkdtempSync(join(tmpdir(), 'kpi-picture-'));
try {
  writeFileSync(join(folder, 'page.html'), page);
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--screenshot=${picture}`, '--window-size=1100,1560'];
  execFileSync(process.env.CHROMIUM ?? 'chromium', [...flags, `file://${join(folder, 'page.html')}`], { stdio: 'ignore' });
} finally {
  rmSync(folder, { recursive: true });
}

function decoded(text: string): string {
  return text.replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}

function html(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
