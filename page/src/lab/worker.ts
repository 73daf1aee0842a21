import mjs from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import { serveNetwork } from '../../../src/web/worker.ts';

// The inside of the worker that a network computes in. The runtime's own files lie beside this one.
const placeOf = (file: string) => new URL(file, import.meta.url).href;
ort.env.wasm.wasmPaths = { mjs: placeOf(mjs), wasm: placeOf(wasm) };
serveNetwork(self, { ort });
