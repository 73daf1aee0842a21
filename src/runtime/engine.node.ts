import type { Worker } from 'node:worker_threads';
import { type PackedError, unpackError } from '../core/packed-error.ts';
import type { TensorSpec, Tensors } from '../core/tensor.ts';
import { startWorker } from '../core/worker.node.ts';
import type { Program } from '../graph/program.ts';
import { encodeModel, type OnnxModel } from '../onnx/model.ts';
import { compile } from './compile.ts';
import type { Device } from './device.ts';
import type { DeviceCheck } from './device-check.node.ts';
import { formsFor, stateOn, untrusted } from './devices.ts';
import { type Engine as AnyEngine, expectWhole, type NamedTensors, type Session } from './engine.ts';
import { withoutReturn } from './in-place.ts';
import type { Kernels } from './kernels.ts';
import type { LoadedModel } from './sessions.ts';
import { disableTelemetry } from './telemetry.node.ts';

export { type Session, scalarTensor } from './engine.ts';

/** What the engine's thread can be asked to do. */
export type EngineRequest =
  | ({ readonly kind: 'load'; readonly session: number } & LoadedModel)
  | {
      readonly kind: 'loadFile';
      readonly session: number;
      readonly file: string;
      readonly outputs?: readonly string[];
    }
  | { readonly kind: 'release'; readonly session: number }
  | { readonly kind: 'run'; readonly session: number; readonly feeds: NamedTensors }
  | { readonly kind: 'setState'; readonly state: Tensors; readonly zeros: readonly TensorSpec[] }
  | { readonly kind: 'blockSize' }
  | { readonly kind: 'backends' }
  | { readonly kind: 'checkDevice' }
  | { readonly kind: 'state'; readonly names?: readonly string[] };

/** An input or output of a model, as its file tells. */
export interface FileTensor {
  readonly name: string;
  /** As `float32`. */
  readonly type: string;
  /** Extents that are open are names. */
  readonly shape: readonly (number | string)[];
}

/** What a model's file tells. */
export interface FileFacts {
  readonly inputs: readonly FileTensor[];
  readonly outputs: readonly FileTensor[];
}

/** Where the runtime can compute. */
export interface Backend {
  readonly name: string;
  /** Whether its libraries come with the package. */
  readonly bundled: boolean;
}

export interface EngineAnswer {
  readonly id: number;
  readonly result?: NamedTensors | Tensors | FileFacts | readonly Backend[] | DeviceCheck;
  readonly error?: PackedError;
}

/** What a user is to know before it is done. */
interface EngineNotice {
  readonly notice: string;
}

export interface EngineOptions {
  /** Threads that one operator may use. */
  readonly threads: number;
  /** Default `auto`. */
  readonly kernels?: Kernels;
  /** What computes programs; models of files are always the processor's. Default `cpu`. */
  readonly device?: Device;
}

export interface LoadOptions {
  /** Makes the runtime write how long each node of each run took, on release, to `<profile>_<date>.json`. */
  readonly profile?: string;
}

/**
 * ONNX Runtime in a thread of its own, so that a step, which blocks it, never blocks this one. It holds a state:
 * named tensors that sessions read and renew without their leaving the thread.
 */
export class Engine implements AnyEngine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(answer: EngineAnswer): void; reject(error: Error): void }>();
  /** Why there will be no more answers. */
  #end: Error | undefined;
  #lastId = 0;
  #lastSession = 0;
  readonly #kernels: Kernels;
  readonly #device: Device;
  #block: Promise<number> | undefined;

  constructor(options: EngineOptions) {
    this.#device = options.device ?? 'cpu';
    // Blocks are the processor's.
    this.#kernels = this.#device === 'cpu' ? (options.kernels ?? 'auto') : 'plain';
    const reports = disableTelemetry();
    if (reports) tell(reports);
    this.#worker = startWorker(new URL('./engine.worker.node.ts', import.meta.url), options);
    this.#worker.on('message', (answer: EngineAnswer | EngineNotice) => {
      if ('notice' in answer) {
        tell(answer.notice);
        return;
      }
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (answer.error) waiting?.reject(unpackError(answer.error));
      else waiting?.resolve(answer);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('messageerror', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('engine: the thread ended')));
  }

  /** Compiles a program for its one shape; a model is taken as it is. */
  async load(what: Program | OnnxModel, { profile }: LoadOptions = {}): Promise<Session> {
    const session = ++this.#lastSession;
    const block = 'nodes' in what ? 0 : await this.blockSize();
    const { model, kernels } =
      'nodes' in what ? { model: what, kernels: {} } : compile(what, block, formsFor(this.#device));
    const bytes = encodeModel(stateOn(this.#device) === 'in place' ? withoutReturn(model) : model);
    const onProcessor = untrusted(this.#device, model);
    await this.#ask(
      { kind: 'load', session, bytes, outputs: model.outputs, block, kernels, profile, onProcessor },
      [bytes.buffer as ArrayBuffer],
    );
    return this.#session(session);
  }

  /**
   * Loads an ONNX file that was made elsewhere. Its outputs may have any shapes.
   *
   * @param outputs those that are made; default all
   * @throws Error if the runtime cannot load it
   */
  async loadFile(file: string, outputs?: readonly string[]): Promise<Session & FileFacts> {
    const session = ++this.#lastSession;
    const facts = (await this.#ask({ kind: 'loadFile', session, file, outputs })) as FileFacts;
    return { ...facts, ...this.#session(session) };
  }

  /** Where the runtime can compute. */
  async backends(): Promise<readonly Backend[]> {
    return (await this.#ask({ kind: 'backends' })) as readonly Backend[];
  }

  /** How the device compares with the processor. */
  async checkDevice(): Promise<DeviceCheck> {
    return (await this.#ask({ kind: 'checkDevice' })) as DeviceCheck;
  }

  /** Channels in a block of the runtime's blocked layout, which convolutions of varying weights are brought into; 0 = none. */
  blockSize(): Promise<number> {
    this.#block ??=
      this.#kernels === 'plain'
        ? Promise.resolve(0)
        : this.#ask({ kind: 'blockSize' }).then((answer) => (answer as NamedTensors).block.data[0]);
    return this.#block;
  }

  /**
   * Replaces the state; the tensors are copied.
   *
   * @param specs tensors that the state has, too: zeros where they are not given
   */
  async setState(given: Tensors, specs: readonly TensorSpec[] = []): Promise<void> {
    const copies = [...given].map(
      ([name, { shape, data }]) => [name, { shape, data: data.slice() }] as const,
    );
    const state = new Map(copies);
    const zeros = specs.filter(({ name }) => !state.has(name));
    const buffers = copies.map(([, { data }]) => data.buffer);
    await this.#ask({ kind: 'setState', state, zeros }, buffers);
  }

  /** A copy of the state, or of what of it is named. */
  async state(names?: readonly string[]): Promise<Tensors> {
    return (await this.#ask({ kind: 'state', names })) as Tensors;
  }

  #session(session: number): Session {
    return {
      run: async (feeds) => {
        expectWhole(feeds);
        const buffers = Object.values(feeds).map((feed) => feed.data.buffer as ArrayBuffer);
        return (await this.#ask({ kind: 'run', session, feeds }, buffers)) as NamedTensors;
      },
      release: async () => {
        await this.#ask({ kind: 'release', session });
      },
    };
  }

  async close(): Promise<void> {
    this.#fail(new Error('engine: it is closed'));
    await this.#worker.terminate();
  }

  async #ask(request: EngineRequest, transfer: ArrayBuffer[] = []): Promise<EngineAnswer['result']> {
    if (this.#end) throw this.#end;
    const id = ++this.#lastId;
    const answer = await new Promise<EngineAnswer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
    return answer.result;
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function tell(notice: string): void {
  process.stderr.write(`${notice}\n`);
}
