import { parentPort, workerData } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { fromKernelLayout, inKernelLayout, kernelShape } from '../blocked/layout.ts';
import { type Shape, sameShape, sizeOf } from '../core/shape.ts';
import { NEXT_PREFIX } from '../core/state.ts';
import type { Tensor } from '../core/tensor.ts';
import { packError } from '../core/worker.node.ts';
import { blockSize } from './block-size.node.ts';
import type { EngineAnswer, EngineOptions, EngineRequest } from './engine.node.ts';

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

/** A tensor of the state as it lies in memory. */
interface Kept {
  readonly tensor: ort.Tensor;
  /** If it lies in blocks: of how many channels, and its plain shape. */
  readonly kernel?: { readonly block: number; readonly shape: Shape };
}

const sessions = new Map<number, Loaded>();
const state = new Map<string, Kept>();

const wrap = ({ data, shape }: Tensor) => new ort.Tensor('float32', data, shape);
/** A copy to hand over. */
const unwrap = (tensor: ort.Tensor): Tensor => ({
  shape: tensor.dims,
  data: (tensor.data as Float32Array).slice(),
});

async function load({
  session,
  model,
  outputs,
  block,
  kernels,
  profile,
}: Extract<EngineRequest, { kind: 'load' }>): Promise<void> {
  const created = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads,
    graphOptimizationLevel: 'all',
    // A quarter less memory at no cost.
    enableMemPattern: false,
    // Threads that spin wake up at once for the next operator (a thirtieth of a step), but must not burn a core between runs.
    extra: { session: { force_spinning_stop: '1' } },
    logSeverityLevel: 3,
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
  });
  const fetches = Object.fromEntries(
    outputs.map(({ name, shape }) => [name, wrap({ shape, data: new Float32Array(sizeOf(shape)) })]),
  );
  sessions.set(session, { session: created, fetches, block, kernels, profiled: profile !== undefined });
}

/** A tensor of the state in plain layout. */
function plain({ tensor, kernel }: Kept): Tensor {
  const data = tensor.data as Float32Array;
  return kernel
    ? { shape: kernel.shape, data: fromKernelLayout(data, kernel.shape, kernel.block) }
    : { shape: tensor.dims, data };
}

/** A tensor of the state in the layout that a session takes it in; it stays in that. */
function kept(name: string, { kernels, block }: Loaded): ort.Tensor | undefined {
  const found = state.get(name);
  const shape = kernels[name];
  if (!found || found.kernel?.block === (shape ? block : undefined)) return found?.tensor;
  const { data, shape: plainShape } = plain(found);
  const tensor = shape
    ? wrap({ shape: kernelShape(shape, block), data: inKernelLayout(data, shape, block) })
    : wrap({ shape: plainShape, data });
  state.set(name, { tensor, kernel: shape && { block, shape } });
  return tensor;
}

async function run({
  session,
  feeds,
}: Extract<EngineRequest, { kind: 'run' }>): Promise<Record<string, Tensor>> {
  const loaded = sessions.get(session);
  if (!loaded) throw new Error('engine: got a session that is released, expected one that is loaded');
  const inputs: Record<string, ort.Tensor> = {};
  for (const name of loaded.session.inputNames) {
    const tensor = feeds[name] ? wrap(feeds[name]) : kept(name, loaded);
    if (!tensor)
      throw new Error(`engine: input ${name}: got nothing, expected a feed or a tensor of the state`);
    inputs[name] = tensor;
  }
  await loaded.session.run(inputs, loaded.fetches);
  const outputs = Object.entries(loaded.fetches);
  const results = outputs
    .filter(([name]) => !name.startsWith(NEXT_PREFIX))
    .map(([name, tensor]) => [name, unwrap(tensor)] as const);
  const next = outputs.filter(([name]) => name.startsWith(NEXT_PREFIX));
  if (next.length > 0 && results.every(([, { data }]) => data.every(Number.isFinite))) {
    for (const [output, tensor] of next) {
      const name = output.slice(NEXT_PREFIX.length);
      const before = state.get(name)?.tensor;
      const fits = before && sameShape(before.dims, tensor.dims);
      loaded.fetches[output] = fits
        ? before
        : wrap({ shape: tensor.dims, data: new Float32Array(tensor.size) });
      const shape = loaded.kernels[name];
      state.set(name, { tensor, kernel: shape && { block: loaded.block, shape } });
    }
  }
  return Object.fromEntries(results);
}

async function release(number: number): Promise<void> {
  const loaded = sessions.get(number);
  sessions.delete(number);
  if (loaded?.profiled) loaded.session.endProfiling();
  await loaded?.session.release();
}

async function answer(request: EngineRequest): Promise<EngineAnswer['result']> {
  switch (request.kind) {
    case 'load':
      await load(request);
      return;
    case 'run':
      return run(request);
    case 'release':
      await release(request.session);
      return;
    case 'setState':
      state.clear();
      for (const [name, tensor] of request.state) state.set(name, { tensor: wrap(tensor) });
      return;
    case 'blockSize':
      return { block: { shape: [], data: Float32Array.of(await blockSize()) } };
    case 'state':
      return new Map(
        [...state].map(([name, each]) => [name, each.kernel ? plain(each) : unwrap(each.tensor)]),
      );
  }
}

// One request at a time, in order.
let last: Promise<unknown> = Promise.resolve();
parentPort!.on('message', (request: EngineRequest & { id: number }) => {
  last = last.then(async () => {
    try {
      const result = await answer(request);
      const tensors = result instanceof Map ? result.values() : Object.values(result ?? {});
      parentPort!.postMessage(
        { id: request.id, result },
        Array.from(tensors, ({ data }) => data.buffer),
      );
    } catch (error) {
      parentPort!.postMessage({ id: request.id, error: packError(error) });
    }
  });
});
