import { fileURLToPath } from 'node:url';
import { UserError } from '../core/errors.ts';
import { runProgram } from '../core/program.node.ts';
import type { Figures } from './comparison.ts';
import { flagsFor } from './flags.ts';
import type { BenchmarkSettings } from './settings.ts';
import { threadsOf } from './workload.node.ts';

const script = fileURLToPath(new URL('../../scripts/peers/torch_unet.py', import.meta.url));

/** What the script prints. */
export interface PeerTiming extends Figures {
  /** Name and version. */
  readonly tool: string;
  readonly params: number;
}

/** The encoder of the network there. */
export interface PeerEncoder {
  readonly family: string;
  readonly train: boolean;
  /** A .safetensors file; without it the weights are random. */
  readonly file?: string;
}

/** A system's own Python comes first: another in the search path may be without the system's packages. */
const PYTHONS = ['/usr/bin/python3', 'python3'];

/**
 * The first Python that has PyTorch.
 *
 * @throws UserError if none has
 */
export async function pythonWithTorch(candidates: readonly string[] = PYTHONS): Promise<string> {
  for (const python of candidates) {
    const found = await runProgram(python, ['-c', 'import numpy, torch']).then(
      () => true,
      () => false,
    );
    if (found) return python;
  }
  throw new UserError({
    what: 'compare',
    got: `no PyTorch (asked ${candidates.join(', ')})`,
    expected: 'python3 with torch and numpy',
    fix: 'install them, as with python3 -m pip install torch numpy',
  });
}

/**
 * Times the network in PyTorch, in a process of its own.
 *
 * @throws UserError with what Python said last, if that fails
 */
export async function pytorchTiming(
  python: string,
  settings: BenchmarkSettings,
  { family, train, file }: PeerEncoder,
): Promise<PeerTiming> {
  const { decoder, size, batch, runs } = settings;
  const threads = threadsOf(settings);
  const flags = flagsFor({
    ...{ family, 'train-encoder': train, decoder, size, batch, runs, threads, encoder: file },
  });
  // OpenBLAS then finds out by itself what suits the processor.
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...rest } = process.env;
  try {
    const env = { ...rest, OMP_NUM_THREADS: `${threads}` };
    const { stdout } = await runProgram(python, [script, ...flags], { env });
    return JSON.parse(stdout) as PeerTiming;
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new UserError({
      what: `${python} ${script}`,
      got: stderr.trim().split('\n').at(-1) || message,
      expected: 'times as a line of JSON',
      fix: 'run it by hand to see more',
    });
  }
}
