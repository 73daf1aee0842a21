import type * as onnxruntime from 'onnxruntime-common';
import { fromKernelLayout, inKernelLayout, kernelShape } from '../blocked/layout.ts';
import { type Shape, sameShape, sizeOf } from '../core/shape.ts';
import { NEXT_PREFIX } from '../core/state.ts';
import type { Tensor, TensorSpec, Tensors } from '../core/tensor.ts';
import { encodeModel, type OnnxModel } from '../onnx/model.ts';
import type { NamedTensors } from './engine.ts';
import { runInPlace } from './in-place.ts';

/** What the packages of ONNX Runtime have in common: `onnxruntime-node` and `onnxruntime-web`. */
export type OnnxRuntime = Pick<typeof onnxruntime, 'InferenceSession' | 'Tensor'>;

type OrtTensor = onnxruntime.Tensor;

/** How a package of ONNX Runtime is used. */
export interface Binding {
  readonly ort: OnnxRuntime;
  /** @param onProcessor see `LoadedModel` */
  options(onProcessor?: readonly string[]): onnxruntime.InferenceSession.SessionOptions;
  /**
   * Where outputs go that become the state. `in place`: into arrays that the runtime is given; models are made by `withoutReturn` then.
   * `on device`: they stay in the memory of the graphics processor. `returned`: they come back as others do.
   */
  readonly state: 'in place' | 'on device' | 'returned';
}

/** A compiled model. */
export interface LoadedModel {
  readonly bytes: Uint8Array;
  readonly outputs: OnnxModel['outputs'];
  /** Channels in a block; 0 = none. */
  readonly block: number;
  /** Stored tensors that the model takes in blocks, with their plain shapes. */
  readonly kernels: Readonly<Record<string, Shape>>;
  /** Names of nodes that are not for the device. */
  readonly onProcessor?: readonly string[];
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
      /** The session that made it, whose memory it is. */
      readonly maker?: number;
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

  async load(number: number, model: LoadedModel): Promise<void> {
    const { bytes, outputs, block, kernels, profile, onProcessor } = model;
    const { ort, options, state } = this.#binding;
    const session = await ort.InferenceSession.create(bytes, {
      ...options(onProcessor),
      ...(state === 'on device' && { preferredOutputLocation: locationsOf(outputs) }),
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    });
    const fetched = state === 'in place' ? outputs : [];
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
    if (results.every(([, { data }]) => data.every(Number.isFinite))) this.#renew(number, loaded, next);
    else for (const [, tensor] of next) disposeOf(tensor);
    return Object.fromEntries(results);
  }

  async release(number: number): Promise<void> {
    const loaded = this.#sessions.get(number);
    this.#sessions.delete(number);
    await this.#takeBack(number);
    if (loaded?.profile !== undefined) loaded.session.endProfiling();
    await loaded?.session.release();
  }

  async releaseAll(): Promise<void> {
    this.#forgetState();
    for (const number of [...this.#sessions.keys()]) await this.release(number);
  }

  /** @param state is taken over */
  setState(state: Tensors, zeros: readonly TensorSpec[]): void {
    this.#forgetState();
    for (const [name, tensor] of state) this.#state.set(name, { tensor: this.wrap(tensor) });
    for (const { name, shape } of zeros) this.#state.set(name, { zeros: shape });
  }

  /** A copy of the state, or of what of it is named, in plain layout. */
  async state(names: readonly string[] = [...this.#state.keys()]): Promise<Tensors> {
    const kept = names.map((name) => [name, this.#kept(name)] as const);
    const away = kept.flatMap(([name, each]) => (isAway(each) ? [[name, each.tensor] as const] : []));
    const brought = await this.#brought(away);
    return new Map(kept.map(([name, each]) => [name, brought.get(name) ?? plain(each)]));
  }

  /** Copies of tensors in the memory of a device. The package for Node has no other way than a model that passes them on. */
  async #brought(tensors: readonly (readonly [string, OrtTensor])[]): Promise<Tensors> {
    if (tensors.length === 0) return new Map();
    const { ort, options } = this.#binding;
    const session = await ort.InferenceSession.create(encodeModel(passingOn(tensors)), options());
    try {
      const feeds = Object.fromEntries(tensors.map(([name, tensor]) => [IN + name, tensor]));
      const made = await session.run(feeds);
      return new Map(tensors.map(([name]) => [name, unwrap(made[name])]));
    } finally {
      await session.release();
    }
  }

  /** What of the state a session has made on a device lives no longer than it. */
  async #takeBack(maker: number): Promise<void> {
    const own = [...this.#state].flatMap(([name, kept]) =>
      isAway(kept) && kept.maker === maker ? [[name, kept.tensor] as const] : [],
    );
    for (const [name, copy] of await this.#brought(own)) this.#state.set(name, { tensor: this.wrap(copy) });
    for (const [, tensor] of own) disposeOf(tensor);
  }

  #forgetState(): void {
    for (const kept of this.#state.values()) if ('tensor' in kept) disposeOf(kept.tensor);
    this.#state.clear();
  }

  #zeros(shape: Shape): OrtTensor {
    return this.wrap({ shape, data: new Float32Array(sizeOf(shape)) });
  }

  async #made({ session, fetches }: Loaded, inputs: Record<string, OrtTensor>) {
    if (this.#binding.state !== 'in place') return session.run(inputs);
    await runInPlace(session, inputs, fetches);
    return fetches;
  }

  /** Outputs become the state; in place, they change places with what they replace. */
  #renew(maker: number, { fetches, kernels, block }: Loaded, next: readonly [string, OrtTensor][]): void {
    for (const [output, tensor] of next) {
      const name = output.slice(NEXT_PREFIX.length);
      const before = this.#state.get(name);
      const replaced = before && 'tensor' in before ? before.tensor : undefined;
      if (this.#binding.state === 'in place')
        fetches[output] =
          replaced && sameShape(replaced.dims, tensor.dims) ? replaced : this.#zeros(tensor.dims);
      else if (replaced) disposeOf(replaced);
      const shape = kernels[name];
      this.#state.set(name, { tensor, maker, kernel: shape && { block, shape } });
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

/** What becomes the state stays with the device. */
const locationsOf = (outputs: OnnxModel['outputs']) =>
  Object.fromEntries(
    outputs.map(({ name }) => [
      name,
      name.startsWith(NEXT_PREFIX) ? ('gpu-buffer' as const) : ('cpu' as const),
    ]),
  );

/** Gives memory of the device back; that of the processor is collected. */
function disposeOf(tensor: OrtTensor): void {
  if (tensor.location !== 'cpu') tensor.dispose();
}

/** Whether it lies in the memory of a device; there nothing is in blocks. */
const isAway = (kept: Kept): kept is Extract<Kept, { readonly tensor: OrtTensor }> =>
  'tensor' in kept && kept.tensor.location !== 'cpu';

const IN = 'in/';

function passingOn(tensors: readonly (readonly [string, OrtTensor])[]): OnnxModel {
  return {
    nodes: tensors.map(([name]) => ({
      ...{ operator: 'Identity', domain: '', attributes: {} },
      ...{ inputs: [IN + name], outputs: [name] },
    })),
    inputs: tensors.map(([name, { dims }]) => ({ name: IN + name, shape: dims })),
    outputs: tensors.map(([name, { dims }]) => ({ name, shape: dims })),
    initializers: [],
  };
}

/** A copy of a tensor of the state in plain layout. */
function plain(kept: Kept): Tensor {
  if ('zeros' in kept) return { shape: kept.zeros, data: new Float32Array(sizeOf(kept.zeros)) };
  const { tensor, kernel } = kept;
  if (!kernel) return unwrap(tensor);
  const { shape, block } = kernel;
  return { shape, data: fromKernelLayout(tensor.data as Float32Array, shape, block) };
}
