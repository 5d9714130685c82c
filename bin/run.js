#!/usr/bin/env node
// Only what old versions of Node understand may stand here: no import statement, no await, no template.
// biome-ignore-all lint/style/useTemplate: see above.
var major = Number(process.versions.node.split('.')[0]);

function refuse(sentence) {
  process.stderr.write('kpi: ' + sentence + '\n');
  process.exitCode = 78;
}

if (major < 24) {
  refuse('Node.js 24 or newer is needed, and this is ' + process.version + '; install it, or in a checkout start kpi with "npx kpi"');
} else {
  process.getBuiltinModule('node:module').enableCompileCache();
  import('../dist/cli/process.js').then(
    (cli) => cli.runProcess(),
    (error) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || error.url === undefined || !error.url.endsWith('/dist/cli/process.js')) throw error;
      refuse('this checkout is not built; run "npm run build" first');
    },
  );
}
