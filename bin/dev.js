#!/usr/bin/env node
// The sources as they are, without a build.
import { runProcess } from '../src/cli/process.ts';

await runProcess({ sources: true });
