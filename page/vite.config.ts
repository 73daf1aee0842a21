import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  // Addresses are relative: a page that is taken away lies in any folder of any host.
  base: './',
  // The runtime's own program is a file beside the worker's: its threads begin with it.
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
  worker: {
    format: 'es',
    // Not every host knows what .mjs is.
    rolldownOptions: {
      output: {
        assetFileNames: ({ names: [name] }) =>
          `assets/[name]-[hash]${name.endsWith('.mjs') ? '.js' : '[extname]'}`,
      },
    },
  },
  build: {
    ...{ outDir: '../dist/page', emptyOutDir: true, target: 'es2022' },
    modulePreload: { polyfill: false },
    // Of what is built into it.
    license: { fileName: 'licences.md' },
    // The page that is served, and the one that is taken away.
    rolldownOptions: { input: [here('index.html'), here('take-away.html')] },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
