import { expect, it } from 'vitest';
import { programEnv } from './program-env.ts';

it('lets a program see what it needs to run, and none of the secrets of the run', () => {
  const env = { PATH: '/bin', HOME: '/root', LC_ALL: 'C.UTF-8', TZ: 'UTC', Path: '/x', SystemRoot: 'C:\\Windows', TMPDIR: undefined };
  const hidden = {
    GITHUB_TOKEN: 'a-token-of-github',
    AWS_SECRET_ACCESS_KEY: 'x',
    HTTPS_PROXY: 'http://a:b@proxy',
    NODE_OPTIONS: '--inspect',
  };
  const { TMPDIR: _, ...seen } = env;
  expect(programEnv({ ...env, ...hidden })).toEqual(seen);
});
