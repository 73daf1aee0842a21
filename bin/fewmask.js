#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node
// The C library gives each thread a heap of its own and keeps what is freed in it: with a new thread for each run, a study
// would hold twice the memory that it uses.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error(
    'fewmask: not built: got no dist/, expected the built program; run npm ci && npm run build in its folder',
  );
  process.exit(1);
}
