#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('fewmask: not built: got no dist/, expected the built program; run npm ci in this folder');
  process.exit(1);
}
