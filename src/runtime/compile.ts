import { inBlocks } from '../blocked/index.ts';
import type { Shape } from '../core/shape.ts';
import { lower } from '../graph/lower.ts';
import type { OperatorForms } from '../graph/operator.ts';
import type { Program } from '../graph/program.ts';
import type { OnnxModel } from '../onnx/model.ts';

/** A program as a model of this runtime. */
export interface Compiled {
  readonly model: OnnxModel;
  /** Stored tensors that lie in blocks, with their plain shapes. */
  readonly kernels: Readonly<Record<string, Shape>>;
}

/**
 * @param block channels in a block of the runtime's blocked layouts; 0 = ONNX's own operators only
 * @param forms those of a device, without blocks
 */
export function compile(program: Program, block: number, forms: OperatorForms = {}): Compiled {
  if (block === 0) return { model: lower(program.outputs, forms), kernels: {} };
  const { outputs, kernels } = inBlocks(program, block);
  return { model: lower(outputs), kernels };
}
