import { parentPort, workerData } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { fromKernelLayout, inKernelLayout, kernelShape } from '../blocked/layout.ts';
import { type Shape, sameShape, sizeOf } from '../core/shape.ts';
import { NEXT_PREFIX } from '../core/state.ts';
import type { Tensor } from '../core/tensor.ts';
import { packError } from '../core/worker.node.ts';
import { blockSize } from './block-size.node.ts';
import type { EngineAnswer, EngineOptions, EngineRequest, FileFacts } from './engine.node.ts';
import { runInPlace } from './in-place.ts';

const options = workerData as EngineOptions;

interface Loaded {
  readonly session: ort.InferenceSession;
  /** Where the runtime writes; a buffer of an output `next/<name>` changes places with the state's. */
  readonly fetches: Record<string, ort.Tensor>;
  readonly block: number;
  /** Tensors of the state that it takes and makes in blocks, with their plain shapes. */
  readonly kernels: Readonly<Record<string, Shape>>;
  readonly profiled: boolean;
}

/** A tensor of the state as it lies in memory; zeros are not there before a session takes them. */
type Kept =
  | {
      readonly tensor: ort.Tensor;
      /** If it lies in blocks: of how many channels, and its plain shape. */
      readonly kernel?: { readonly block: number; readonly shape: Shape };
    }
  | { readonly zeros: Shape };

const sessions = new Map<number, Loaded>();
const state = new Map<string, Kept>();

const wrap = ({ data, shape }: Tensor) => new ort.Tensor('float32', data, shape);
const zeros = (shape: Shape) => wrap({ shape, data: new Float32Array(sizeOf(shape)) });
/** A copy to hand over. */
const unwrap = (tensor: ort.Tensor): Tensor => ({
  shape: tensor.dims,
  data: (tensor.data as Float32Array).slice(),
});

const SESSION_OPTIONS: ort.InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: options.threads,
  graphOptimizationLevel: 'all',
  // A quarter less memory at no cost.
  enableMemPattern: false,
  // Threads that spin wake up at once for the next operator (a thirtieth of a step), but must not burn a core between runs.
  extra: { session: { force_spinning_stop: '1' } },
  logSeverityLevel: 3,
};

async function load({
  session,
  model,
  outputs,
  block,
  kernels,
  profile,
}: Extract<EngineRequest, { kind: 'load' }>): Promise<void> {
  const created = await ort.InferenceSession.create(model, {
    ...SESSION_OPTIONS,
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
  });
  const fetches = Object.fromEntries(outputs.map(({ name, shape }) => [name, zeros(shape)]));
  sessions.set(session, { session: created, fetches, block, kernels, profiled: profile !== undefined });
}

/** Of models that were made elsewhere: the outputs that are asked for. */
const files = new Map<
  number,
  { readonly session: ort.InferenceSession; readonly outputs: readonly string[] }
>();

async function loadFile({
  session,
  file,
  outputs,
}: Extract<EngineRequest, { kind: 'loadFile' }>): Promise<FileFacts> {
  const created = await ort.InferenceSession.create(file, SESSION_OPTIONS);
  files.set(session, { session: created, outputs: outputs ?? created.outputNames });
  const facts = (metadata: readonly ort.InferenceSession.ValueMetadata[]) =>
    metadata.map((each) => ({
      name: each.name,
      ...(each.isTensor ? { type: each.type, shape: each.shape } : { type: 'none', shape: [] }),
    }));
  return { inputs: facts(created.inputMetadata), outputs: facts(created.outputMetadata) };
}

/** @returns the outputs that are float32 */
async function runFile(
  { session, outputs }: { readonly session: ort.InferenceSession; readonly outputs: readonly string[] },
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, wrap(tensor)]));
  const made = await session.run(inputs, [...outputs]);
  return Object.fromEntries(
    Object.entries(made).flatMap(([name, tensor]) =>
      tensor.type === 'float32' ? [[name, unwrap(tensor)] as const] : [],
    ),
  );
}

/** A copy of a tensor of the state in plain layout. */
function plain(kept: Kept): Tensor {
  if ('zeros' in kept) return { shape: kept.zeros, data: new Float32Array(sizeOf(kept.zeros)) };
  const { tensor, kernel } = kept;
  if (!kernel) return unwrap(tensor);
  const { shape, block } = kernel;
  return { shape, data: fromKernelLayout(tensor.data as Float32Array, shape, block) };
}

/** @throws Error if the state has no such tensor */
function kept(name: string): Kept {
  const found = state.get(name);
  if (!found) throw new Error(`engine: state ${name}: got nothing, expected a tensor of the state`);
  return found;
}

/** A tensor of the state in the layout that a session takes it in; it stays in that. */
function taken(name: string, { kernels, block }: Loaded): ort.Tensor | undefined {
  const kept = state.get(name);
  const shape = kernels[name];
  if (!kept) return undefined;
  if ('tensor' in kept && kept.kernel?.block === (shape ? block : undefined)) return kept.tensor;
  const tensor = inLayout(kept, shape, block);
  state.set(name, { tensor, kernel: shape && { block, shape } });
  return tensor;
}

function inLayout(kept: Kept, kernel: Shape | undefined, block: number): ort.Tensor {
  if ('zeros' in kept) return zeros(kernel ? kernelShape(kernel, block) : kept.zeros);
  if (!kernel) return wrap(plain(kept));
  const data = kept.kernel ? plain(kept).data : (kept.tensor.data as Float32Array);
  return wrap({ shape: kernelShape(kernel, block), data: inKernelLayout(data, kernel, block) });
}

async function run({
  session,
  feeds,
}: Extract<EngineRequest, { kind: 'run' }>): Promise<Record<string, Tensor>> {
  const file = files.get(session);
  if (file) return runFile(file, feeds);
  const loaded = sessions.get(session);
  if (!loaded) throw new Error('engine: got a session that is released, expected one that is loaded');
  const inputs: Record<string, ort.Tensor> = {};
  for (const name of loaded.session.inputNames) {
    const tensor = feeds[name] ? wrap(feeds[name]) : taken(name, loaded);
    if (!tensor)
      throw new Error(`engine: input ${name}: got nothing, expected a feed or a tensor of the state`);
    inputs[name] = tensor;
  }
  await runInPlace(loaded.session, inputs, loaded.fetches);
  const outputs = Object.entries(loaded.fetches);
  const results = outputs
    .filter(([name]) => !name.startsWith(NEXT_PREFIX))
    .map(([name, tensor]) => [name, unwrap(tensor)] as const);
  const next = outputs.filter(([name]) => name.startsWith(NEXT_PREFIX));
  if (next.length > 0 && results.every(([, { data }]) => data.every(Number.isFinite))) {
    for (const [output, tensor] of next) {
      const name = output.slice(NEXT_PREFIX.length);
      const before = state.get(name);
      const fits = before && 'tensor' in before && sameShape(before.tensor.dims, tensor.dims);
      loaded.fetches[output] = fits ? before.tensor : zeros(tensor.dims);
      const shape = loaded.kernels[name];
      state.set(name, { tensor, kernel: shape && { block: loaded.block, shape } });
    }
  }
  return Object.fromEntries(results);
}

async function release(number: number): Promise<void> {
  const loaded = sessions.get(number);
  await files.get(number)?.session.release();
  files.delete(number);
  sessions.delete(number);
  if (loaded?.profiled) loaded.session.endProfiling();
  await loaded?.session.release();
}

async function answer(request: EngineRequest): Promise<EngineAnswer['result']> {
  switch (request.kind) {
    case 'load':
      await load(request);
      return;
    case 'loadFile':
      return loadFile(request);
    case 'run':
      return run(request);
    case 'release':
      await release(request.session);
      return;
    case 'setState':
      state.clear();
      for (const [name, tensor] of request.state) state.set(name, { tensor: wrap(tensor) });
      for (const { name, shape } of request.zeros) state.set(name, { zeros: shape });
      return;
    case 'blockSize':
      return { block: { shape: [], data: Float32Array.of(await blockSize()) } };
    case 'state': {
      const { names = [...state.keys()] } = request;
      return new Map(names.map((name) => [name, plain(kept(name))]));
    }
  }
}

/** What is handed over, not copied. */
function buffersOf(result: EngineAnswer['result']): ArrayBuffer[] {
  if (!result || 'inputs' in result) return [];
  const tensors: Iterable<Tensor> = result instanceof Map ? result.values() : Object.values(result);
  return Array.from(tensors, ({ data }) => data.buffer as ArrayBuffer);
}

// One request at a time, in order.
let last: Promise<unknown> = Promise.resolve();
parentPort!.on('message', (request: EngineRequest & { id: number }) => {
  last = last.then(async () => {
    try {
      const result = await answer(request);
      parentPort!.postMessage({ id: request.id, result }, buffersOf(result));
    } catch (error) {
      parentPort!.postMessage({ id: request.id, error: packError(error) });
    }
  });
});
