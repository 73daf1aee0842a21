import type { Size } from '../core/size.ts';
import { NEXT_PREFIX } from '../core/state.ts';
import type { Tensors } from '../core/tensor.ts';
import type { Program } from '../graph/program.ts';
import type { Encoder } from '../nn/encoder.ts';
import { encoderGraph } from '../nn/features.ts';

/** The encoder alone: input `image` [N, 3, H, W]; its taps become part of the engine's state, so nothing is copied. */
export function encoderIntoState(
  encoder: Encoder,
  weights: Tensors,
  options: Size & { readonly batch: number },
): Program {
  const taps = Object.entries(encoderGraph(encoder, weights, options).outputs);
  return { outputs: Object.fromEntries(taps.map(([name, value]) => [NEXT_PREFIX + name, value])) };
}
