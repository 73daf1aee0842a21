import { compile } from './compile.ts';
import { largestPart, ranWith, smallStep } from './self-check.ts';
import type { OnnxRuntime } from './sessions.ts';

/** Channels in a block with AVX-512, and with AVX2. */
const SIZES = [16, 8];

/** Largest part of the largest value by which the blocked and the plain way may differ. */
const TOLERANCE = 1e-5;

const OPTIONS = { executionProviders: ['cpu'], intraOpNumThreads: 1, runs: 1 };

/**
 * How many channels this runtime puts into a block on this machine, found by trying; 0 where it has no blocked operators
 * or where they do not give what the plain ones give. They are internal to the runtime, so nothing is taken on trust.
 */
export async function blockSize(ort: OnnxRuntime): Promise<number> {
  let ran = false;
  for (const block of SIZES) {
    const difference = await differenceWith(ort, block).catch(() => undefined);
    if (difference === undefined) continue;
    ran = true;
    if (difference <= TOLERANCE) return block;
  }
  if (ran)
    process.emitWarning('the blocked operators of ONNX Runtime fail their self-check; plain ones are used');
  return 0;
}

/** Of the small step in blocks from the plain one. */
async function differenceWith(ort: OnnxRuntime, block: number): Promise<number> {
  const { program, feeds } = smallStep();
  const plain = await ranWith(ort, compile(program, 0).model, feeds, OPTIONS);
  const blocked = await ranWith(ort, compile(program, block).model, feeds, OPTIONS);
  return largestPart(plain.outputs, blocked.outputs);
}
