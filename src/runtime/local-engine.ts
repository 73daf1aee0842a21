import type { Tensor, TensorSpec, Tensors } from '../core/tensor.ts';
import type { OperatorForms } from '../graph/operator.ts';
import type { Program } from '../graph/program.ts';
import { encodeModel, type OnnxModel } from '../onnx/model.ts';
import { compile } from './compile.ts';
import { type Engine, expectWhole, type Session } from './engine.ts';
import { type OnnxRuntime, Sessions } from './sessions.ts';
import { webgpuForms } from './webgpu-forms.ts';

/** What computes in a page: the processor, by WebAssembly, or the graphics processor, by WebGPU. */
export type PageDevice = 'wasm' | 'webgpu';

/**
 * ONNX Runtime where it is called, as in a page or a page's worker: with ONNX's own operators only, as with `--kernels plain`.
 * What is asked of it is done one by one, in order.
 */
export class LocalEngine implements Engine {
  readonly #sessions: Sessions;
  readonly #forms: OperatorForms;
  #lastSession = 0;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @param ort the module `onnxruntime-web`, or `onnxruntime-web/wasm`; with WebGPU `onnxruntime-web/webgpu` */
  constructor(ort: OnnxRuntime, device: PageDevice = 'wasm') {
    // What has no kernel for the graphics processor runs beside it.
    const executionProviders = device === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'];
    const options = () => ({ executionProviders, enableMemPattern: false, logSeverityLevel: 3 }) as const;
    this.#forms = device === 'webgpu' ? webgpuForms : {};
    this.#sessions = new Sessions({ ort, options, state: 'returned' });
  }

  async load(what: Program | OnnxModel): Promise<Session> {
    const session = ++this.#lastSession;
    const { model, kernels } = 'nodes' in what ? { model: what, kernels: {} } : compile(what, 0, this.#forms);
    const { outputs } = model;
    const bytes = encodeModel(model);
    await this.#inTurn(() => this.#sessions.load(session, { bytes, outputs, block: 0, kernels }));
    return {
      run: (feeds) =>
        this.#inTurn(() => {
          expectWhole(feeds);
          return this.#sessions.run(session, feeds);
        }),
      release: () => this.#inTurn(() => this.#sessions.release(session)),
    };
  }

  setState(given: Tensors, specs: readonly TensorSpec[] = []): Promise<void> {
    const state = new Map(Array.from(given, ([name, content]) => [name, copyOf(content)]));
    const zeros = specs.filter(({ name }) => !state.has(name));
    return this.#inTurn(() => this.#sessions.setState(state, zeros));
  }

  state(names?: readonly string[]): Promise<Tensors> {
    return this.#inTurn(() => this.#sessions.state(names));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const released = this.#inTurn(() => this.#sessions.releaseAll());
    this.#closed = true;
    await released;
  }

  #inTurn<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    if (this.#closed) return Promise.reject(new Error('engine: it is closed'));
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

const copyOf = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.slice() });
