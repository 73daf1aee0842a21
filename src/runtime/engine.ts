import { formatShape, sizeOf } from '../core/shape.ts';
import type { Tensor, TensorSpec, Tensors } from '../core/tensor.ts';
import type { Program } from '../graph/program.ts';
import type { OnnxModel } from '../onnx/model.ts';

/** Tensors that a session is fed, or puts out, by name. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** A model in the engine, ready to run. */
export interface Session {
  /**
   * Runs the model. Inputs that are not fed are taken from the engine's state. Outputs `next/<name>` become the
   * state's `<name>` if all other outputs are finite, and stay what they were if not; the others are returned.
   * The fed arrays are handed over: they may be empty afterwards.
   */
  run(feeds: NamedTensors): Promise<NamedTensors>;
  release(): Promise<void>;
}

/**
 * Carries out programs, and holds a state: named tensors that sessions read and renew where they are. One for Node computes
 * in a thread of its own (`engine.node.ts`), one for pages where it is (`local-engine.ts`).
 */
export interface Engine {
  /** Compiles a program for its one shape; a model is taken as it is. */
  load(what: Program | OnnxModel): Promise<Session>;
  /**
   * Loads an ONNX file that was made elsewhere; absent where there are no files.
   *
   * @param outputs those that are made; default all
   * @throws Error if the runtime cannot load it
   */
  loadFile?(file: string, outputs?: readonly string[]): Promise<Session>;
  /**
   * Replaces the state; the tensors are copied.
   *
   * @param specs tensors that the state has, too: zeros where they are not given
   */
  setState(given: Tensors, specs?: readonly TensorSpec[]): Promise<void>;
  /** A copy of the state, or of what of it is named. */
  state(names?: readonly string[]): Promise<Tensors>;
  /** Nothing can be asked of it afterwards. */
  close(): Promise<void>;
}

/** @throws Error for a feed whose array has another length than its shape says */
export function expectWhole(feeds: NamedTensors): void {
  for (const [name, { shape, data }] of Object.entries(feeds)) {
    if (data.length === sizeOf(shape)) continue;
    throw new Error(
      `engine: feed ${name}: got ${data.length} values, expected ${sizeOf(shape)} for ${formatShape(shape)}; an array that was fed once has been handed over`,
    );
  }
}

/** A scalar to feed. */
export function scalarTensor(value: number): Tensor {
  return { shape: [], data: Float32Array.of(value) };
}
