// Holds the shape of the house: imports go one way, in no circles, and what claims to run anywhere does.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Layout, problemsOf } from './import-rules.ts';

const source = fileURLToPath(new URL('../src', import.meta.url));

const layout: Layout = {
  rooms: [
    'core',
    'npm',
    'stats',
    'annotations',
    'paint',
    'onnx',
    'pytorch',
    'graph',
    'ops',
    'passes',
    'blocked',
    'nn',
    'runtime',
    'encoders',
    'synthetic',
    'data',
    'eval',
    'expect',
    'objectives',
    'settings',
    'records',
    'events',
    'logs',
    'train',
    'runs',
    'bench',
    'audit',
    'study',
    'report',
    'cluster',
    'serve',
    'library',
    'browser.ts',
    'web',
    'web.ts',
  ],
  top: ['index.ts', 'cli'],
  owners: {
    'onnxruntime-node': 'runtime',
    pacote: 'npm',
    '@npmcli/config': 'npm',
    tar: 'npm',
    h5wasm: 'encoders',
    saxes: 'annotations',
    hono: 'serve',
    '@hono/node-server': 'serve',
  },
  nodePackages: [
    'onnxruntime-node',
    'pacote',
    '@npmcli/config',
    'tar',
    'h5wasm',
    'sharp',
    '@hono/node-server',
  ],
};

const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
const sources = new Map(
  files.map((file) => [relative(source, file).split('\\').join('/'), readFileSync(file, 'utf8')]),
);
const problems = problemsOf(sources, layout);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
