// Holds the shape of the house: a room imports only from rooms below it, and platform code stays where its ending says.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src', import.meta.url));
const rooms = [
  'core',
  'stats',
  'onnx',
  'graph',
  'ops',
  'passes',
  'blocked',
  'nn',
  'encoders',
  'runtime',
  'synthetic',
  'data',
  'eval',
  'objectives',
  'settings',
  'records',
  'train',
  'runs',
  'bench',
  'audit',
  'study',
  'report',
];
const top = ['index.ts', 'cli'];

/** Only these rooms (or files ending in .node.ts) may import the named packages. */
const ownerOfPackage = {
  'onnxruntime-node': 'runtime',
  pacote: 'encoders',
  '@npmcli/config': 'encoders',
  tar: 'encoders',
};

const level = (room) =>
  top.includes(room) ? rooms.length + (room === 'index.ts' ? 0 : 1) : rooms.indexOf(room);
const problems = [];

for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
  const file = join(entry.parentPath, entry.name);
  const here = relative(source, file);
  const room = here.split('/')[0];
  if (level(room) < 0)
    problems.push(`${here}: no room named "${room}"; name it in scripts/check-imports.mjs`);
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (!specifier.startsWith('.')) {
      const owner = ownerOfPackage[specifier];
      if (owner && owner !== room) problems.push(`${here}: imports ${specifier}, which only ${owner}/ may`);
      const onNode = /\.node\.ts$/.test(here) || top.includes(room);
      if (specifier.startsWith('node:') && !onNode)
        problems.push(`${here}: imports ${specifier}; call the file *.node.ts`);
      continue;
    }
    const target = relative(source, resolve(dirname(file), specifier));
    const targetRoom = target.split('/')[0];
    if (level(targetRoom) > level(room)) problems.push(`${here}: imports ${target}, a room above it`);
  }
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
