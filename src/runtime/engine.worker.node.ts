import { parentPort, workerData } from 'node:worker_threads';
import type * as onnxruntime from 'onnxruntime-node';
import { packError } from '../core/packed-error.ts';
import type { Tensor } from '../core/tensor.ts';
import { blockSize } from './block-size.node.ts';
import { checkDevice } from './device-check.node.ts';
import { executionProviders, stateOn } from './devices.ts';
import type { EngineAnswer, EngineOptions, EngineRequest, FileFacts } from './engine.node.ts';
import type { NamedTensors } from './engine.ts';
import { onnxRuntime } from './onnxruntime.node.ts';
import { Sessions, unwrap } from './sessions.ts';

const options = workerData as EngineOptions;

const { device = 'cpu' } = options;

const SESSION_OPTIONS: onnxruntime.InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: options.threads,
  graphOptimizationLevel: 'all',
  // A quarter less memory at no cost.
  enableMemPattern: false,
  // Threads that spin wake up at once for the next operator (a thirtieth of a step), but must not burn a core between runs.
  extra: { session: { force_spinning_stop: '1' } },
  logSeverityLevel: 3,
};

interface Runtime {
  readonly ort: typeof onnxruntime;
  readonly sessions: Sessions;
}
let opened: Runtime | undefined;

/** With the first request, so that what is wrong with it is an answer. */
async function runtime(): Promise<Runtime> {
  if (opened) return opened;
  const ort = await onnxRuntime((notice) => parentPort!.postMessage({ notice }));
  // What is wrong with a provider's libraries is an error of ours.
  if (device !== 'cpu') ort.env.logLevel = 'fatal';
  opened = { ort, sessions: new Sessions({ ort, options: sessionOptions, state: stateOn(device) }) };
  return opened;
}

const sessionOptions = (onProcessor?: readonly string[]) => ({
  ...SESSION_OPTIONS,
  executionProviders: executionProviders(device, onProcessor),
});

/** Of models that were made elsewhere: the outputs that are asked for. */
const files = new Map<
  number,
  { readonly session: onnxruntime.InferenceSession; readonly outputs: readonly string[] }
>();

async function loadFile(
  { ort }: Runtime,
  { session, file, outputs }: Extract<EngineRequest, { kind: 'loadFile' }>,
): Promise<FileFacts> {
  const created = await ort.InferenceSession.create(file, SESSION_OPTIONS);
  files.set(session, { session: created, outputs: outputs ?? created.outputNames });
  const facts = (metadata: readonly onnxruntime.InferenceSession.ValueMetadata[]) =>
    metadata.map((each) => ({
      name: each.name,
      ...(each.isTensor ? { type: each.type, shape: each.shape } : { type: 'none', shape: [] }),
    }));
  return { inputs: facts(created.inputMetadata), outputs: facts(created.outputMetadata) };
}

/** @returns the outputs that are float32 */
async function runFile(
  { sessions }: Runtime,
  {
    session,
    outputs,
  }: { readonly session: onnxruntime.InferenceSession; readonly outputs: readonly string[] },
  feeds: NamedTensors,
): Promise<Record<string, Tensor>> {
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [name, sessions.wrap(tensor)]),
  );
  const made = await session.run(inputs, [...outputs]);
  return Object.fromEntries(
    Object.entries(made).flatMap(([name, tensor]) =>
      tensor.type === 'float32' ? [[name, unwrap(tensor)] as const] : [],
    ),
  );
}

function run(
  here: Runtime,
  { session, feeds }: Extract<EngineRequest, { kind: 'run' }>,
): Promise<Record<string, Tensor>> {
  const file = files.get(session);
  return file ? runFile(here, file, feeds) : here.sessions.run(session, feeds);
}

async function release({ sessions }: Runtime, number: number): Promise<void> {
  await files.get(number)?.session.release();
  files.delete(number);
  await sessions.release(number);
}

async function answer(request: EngineRequest): Promise<EngineAnswer['result']> {
  const here = await runtime();
  const { ort, sessions } = here;
  switch (request.kind) {
    case 'load':
      await sessions.load(request.session, request);
      return;
    case 'loadFile':
      return loadFile(here, request);
    case 'run':
      return run(here, request);
    case 'release':
      await release(here, request.session);
      return;
    case 'setState':
      sessions.setState(request.state, request.zeros);
      return;
    case 'blockSize':
      return { block: { shape: [], data: Float32Array.of(await blockSize(ort)) } };
    case 'backends':
      return ort.listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }));
    case 'checkDevice':
      return checkDevice(ort, device, sessionOptions());
    case 'state':
      return sessions.state(request.names);
  }
}

/** What is handed over, not copied. */
function buffersOf(result: EngineAnswer['result']): ArrayBuffer[] {
  if (!result || 'inputs' in result || 'difference' in result || Array.isArray(result)) return [];
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
