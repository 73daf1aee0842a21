import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeptPackages, keptPackages } from '../npm/kept-packages.node.ts';

/** ONNX Runtime for browsers: the page's networks are computed by its WebAssembly. */
export const PAGE_RUNTIME = {
  package: 'onnxruntime-web',
  version: '1.30.0',
  integrity:
    'sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==',
};

/** As it is called in the package, and in the built page, which adds a hash. */
const FILE = 'dist/ort-wasm-simd-threaded.wasm';
export const BUILT_RUNTIME = /ort-wasm-simd-threaded-[\w-]{8}\.wasm/;

const KEPT: KeptPackages = {
  title: `ONNX Runtime ${PAGE_RUNTIME.version} for pages`,
  packages: [PAGE_RUNTIME],
  folder: `onnxruntime-web-${PAGE_RUNTIME.version}`,
  download: 33_106_585,
  isNeeded: (path) => path === FILE,
};

/**
 * What computes in a page, 14 MB: from the user's cache, fetched there once. A published package is small without it, and
 * most who install it never need it.
 *
 * @param announce is told before anything is fetched
 * @throws UserError if it has to be fetched and cannot be
 */
export async function pageRuntime(announce: (text: string) => void): Promise<Uint8Array> {
  const folder = await keptPackages(KEPT, announce);
  return readFile(join(folder, 'node_modules', PAGE_RUNTIME.package, ...FILE.split('/')));
}
