import type * as onnxruntime from 'onnxruntime-common';
import { fromKernelLayout, inKernelLayout, kernelShape } from '../blocked/layout.ts';
import { type Shape, sameShape, sizeOf } from '../core/shape.ts';
import { NEXT_PREFIX } from '../core/state.ts';
import type { Tensor, TensorSpec, Tensors } from '../core/tensor.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { NamedTensors } from './engine.ts';
import { runInPlace } from './in-place.ts';

/** What the packages of ONNX Runtime have in common: `onnxruntime-node` and `onnxruntime-web`. */
export type OnnxRuntime = Pick<typeof onnxruntime, 'InferenceSession' | 'Tensor'>;

type OrtTensor = onnxruntime.Tensor;

/** How a package of ONNX Runtime is used. */
export interface Binding {
  readonly ort: OnnxRuntime;
  readonly options: onnxruntime.InferenceSession.SessionOptions;
  /** Whether it writes outputs into arrays that it is given; models are made by `withoutReturn` then. */
  readonly inPlace: boolean;
}

/** A compiled model. */
export interface LoadedModel {
  readonly bytes: Uint8Array;
  readonly outputs: OnnxModel['outputs'];
  /** Channels in a block; 0 = none. */
  readonly block: number;
  /** Stored tensors that the model takes in blocks, with their plain shapes. */
  readonly kernels: Readonly<Record<string, Shape>>;
  /** Makes the runtime write how long each node of each run took, on release, to `<profile>_<date>.json`. */
  readonly profile?: string;
}

interface Loaded extends Pick<LoadedModel, 'block' | 'kernels' | 'profile'> {
  readonly session: onnxruntime.InferenceSession;
  /** Where the runtime writes, if in place; a buffer of an output `next/<name>` changes places with the state's. */
  readonly fetches: Record<string, OrtTensor>;
}

/** A tensor of the state as it lies in memory; zeros are not there before a session takes them. */
type Kept =
  | {
      readonly tensor: OrtTensor;
      /** If it lies in blocks: of how many channels, and its plain shape. */
      readonly kernel?: { readonly block: number; readonly shape: Shape };
    }
  | { readonly zeros: Shape };

/** A copy to hand over. */
export const unwrap = ({ dims, data }: OrtTensor): Tensor => ({
  shape: dims,
  data: (data as Float32Array).slice(),
});

/** Sessions of ONNX Runtime by their numbers, and the state that they read and renew: the inside of an engine. */
export class Sessions {
  readonly #binding: Binding;
  readonly #sessions = new Map<number, Loaded>();
  readonly #state = new Map<string, Kept>();

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  wrap({ data, shape }: Tensor): OrtTensor {
    return new this.#binding.ort.Tensor('float32', data, shape);
  }

  async load(number: number, { bytes, outputs, block, kernels, profile }: LoadedModel): Promise<void> {
    const { ort, options, inPlace } = this.#binding;
    const session = await ort.InferenceSession.create(bytes, {
      ...options,
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    });
    const fetched = inPlace ? outputs : [];
    const fetches = Object.fromEntries(fetched.map(({ name, shape }) => [name, this.#zeros(shape)]));
    this.#sessions.set(number, { session, fetches, block, kernels, profile });
  }

  /** As `Session.run`. */
  async run(number: number, feeds: NamedTensors): Promise<Record<string, Tensor>> {
    const loaded = this.#sessions.get(number);
    if (!loaded) throw new Error('engine: got a session that is released, expected one that is loaded');
    const inputs: Record<string, OrtTensor> = {};
    for (const name of loaded.session.inputNames) {
      const tensor = feeds[name] ? this.wrap(feeds[name]) : this.#taken(name, loaded);
      if (!tensor)
        throw new Error(`engine: input ${name}: got nothing, expected a feed or a tensor of the state`);
      inputs[name] = tensor;
    }
    const outputs = Object.entries(await this.#made(loaded, inputs));
    const results = outputs
      .filter(([name]) => !name.startsWith(NEXT_PREFIX))
      .map(([name, tensor]) => [name, unwrap(tensor)] as const);
    const next = outputs.filter(([name]) => name.startsWith(NEXT_PREFIX));
    if (results.every(([, { data }]) => data.every(Number.isFinite))) this.#renew(loaded, next);
    return Object.fromEntries(results);
  }

  async release(number: number): Promise<void> {
    const loaded = this.#sessions.get(number);
    this.#sessions.delete(number);
    if (loaded?.profile !== undefined) loaded.session.endProfiling();
    await loaded?.session.release();
  }

  async releaseAll(): Promise<void> {
    for (const number of [...this.#sessions.keys()]) await this.release(number);
  }

  /** @param state is taken over */
  setState(state: Tensors, zeros: readonly TensorSpec[]): void {
    this.#state.clear();
    for (const [name, tensor] of state) this.#state.set(name, { tensor: this.wrap(tensor) });
    for (const { name, shape } of zeros) this.#state.set(name, { zeros: shape });
  }

  /** A copy of the state, or of what of it is named, in plain layout. */
  state(names: readonly string[] = [...this.#state.keys()]): Tensors {
    return new Map(names.map((name) => [name, plain(this.#kept(name))]));
  }

  #zeros(shape: Shape): OrtTensor {
    return this.wrap({ shape, data: new Float32Array(sizeOf(shape)) });
  }

  async #made({ session, fetches }: Loaded, inputs: Record<string, OrtTensor>) {
    if (!this.#binding.inPlace) return session.run(inputs);
    await runInPlace(session, inputs, fetches);
    return fetches;
  }

  /** Outputs become the state; in place, they change places with what they replace. */
  #renew({ fetches, kernels, block }: Loaded, next: readonly [string, OrtTensor][]): void {
    for (const [output, tensor] of next) {
      const name = output.slice(NEXT_PREFIX.length);
      if (this.#binding.inPlace) {
        const before = this.#state.get(name);
        const fits = before && 'tensor' in before && sameShape(before.tensor.dims, tensor.dims);
        fetches[output] = fits ? before.tensor : this.#zeros(tensor.dims);
      }
      const shape = kernels[name];
      this.#state.set(name, { tensor, kernel: shape && { block, shape } });
    }
  }

  /** @throws Error if the state has no such tensor */
  #kept(name: string): Kept {
    const found = this.#state.get(name);
    if (!found) throw new Error(`engine: state ${name}: got nothing, expected a tensor of the state`);
    return found;
  }

  /** A tensor of the state in the layout that a session takes it in; it stays in that. */
  #taken(name: string, { kernels, block }: Loaded): OrtTensor | undefined {
    const kept = this.#state.get(name);
    const shape = kernels[name];
    if (!kept) return undefined;
    if ('tensor' in kept && kept.kernel?.block === (shape ? block : undefined)) return kept.tensor;
    const tensor = this.#inLayout(kept, shape, block);
    this.#state.set(name, { tensor, kernel: shape && { block, shape } });
    return tensor;
  }

  #inLayout(kept: Kept, kernel: Shape | undefined, block: number): OrtTensor {
    if ('zeros' in kept) return this.#zeros(kernel ? kernelShape(kernel, block) : kept.zeros);
    if (!kernel) return this.wrap(plain(kept));
    const data = kept.kernel ? plain(kept).data : (kept.tensor.data as Float32Array);
    return this.wrap({ shape: kernelShape(kernel, block), data: inKernelLayout(data, kernel, block) });
  }
}

/** A copy of a tensor of the state in plain layout. */
function plain(kept: Kept): Tensor {
  if ('zeros' in kept) return { shape: kept.zeros, data: new Float32Array(sizeOf(kept.zeros)) };
  const { tensor, kernel } = kept;
  if (!kernel) return unwrap(tensor);
  const { shape, block } = kernel;
  return { shape, data: fromKernelLayout(tensor.data as Float32Array, shape, block) };
}
