import { existsSync } from 'node:fs';
import * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { readNamed, writeWhole } from '../core/files.node.ts';
import { expectFinite, type Tensors } from '../core/tensor.ts';
import { decodeSafetensors, safetensorsParts } from '../onnx/safetensors.ts';
import type { Provenance } from './checkpoint.ts';
import { type Kept, measured, parsedJson } from './format.ts';
import { originOf } from './inputs.node.ts';

const progressSchema = z
  .object({
    /** The progress of a training. */
    position: z.object({
      step: z.int().min(0),
      /** What was measured in the steps so far in the epoch under way, by name. */
      epoch: z.record(z.string(), z.array(measured)),
      /** Whether the training was ended early, after the epoch that ends here. */
      stopped: z.boolean(),
    }),
    /** Epochs that have ended. */
    epochs: z.int().min(0),
    /** The weights that have validated best so far. */
    best: z
      .object({
        epoch: z.int().min(1),
        /** What validation measured with them. */
        scores: z.object({ val_loss: measured }).catchall(measured),
      })
      .optional(),
    /** Time spent so far. */
    seconds: measured,
  })
  .refine(({ best, epochs }) => !best || best.epoch <= epochs, {
    path: ['best', 'epoch'],
    error: 'an epoch that has not ended',
  });

/** The part of a saved state that is not tensors. */
type Progress = Kept<typeof progressSchema>;

/** The progress of a training: with the state after that step, all that is needed to resume it. */
export type Position = Progress['position'];

/** The weights that have validated best so far. */
export type Best = NonNullable<Progress['best']> & { readonly weights: Tensors };

/** All that a run needs to be resumed at a step with the same results as without the stop. */
export interface SavedState extends Omit<Progress, 'best'> {
  /** Parameters, running statistics and the optimizer's memory. */
  readonly state: Tensors;
  readonly best?: Best;
}

const BEST = 'best/';
const FORMAT = 'fewmask state 2';

/** Writes one file, whole or not at all, that replaces the one before. */
export async function writeSavedState(path: string, run: Provenance, saved: SavedState): Promise<void> {
  const { state, best, ...rest } = saved;
  const tensors = new Map(state);
  for (const [name, content] of best?.weights ?? []) tensors.set(BEST + name, content);
  const progress: Progress = { ...rest, ...(best && { best: { epoch: best.epoch, scores: best.scores } }) };
  const metadata = { format: FORMAT, ...originOf(run), progress: JSON.stringify(progress) };
  await writeWhole(path, safetensorsParts({ tensors, metadata }));
}

/** Reads the saved state of a run, if there is one. */
export async function readSavedState(path: string): Promise<SavedState | undefined> {
  if (!existsSync(path)) return undefined;
  const { tensors, metadata } = decodeSafetensors(await readNamed(path, 'the saved state of a run'), path);
  if (metadata.format !== FORMAT) {
    throw new UserError({
      what: `${path}: format`,
      got: metadata.format ?? 'none',
      expected: FORMAT,
      fix: 'resume with the version that wrote it, or start the run again with --overwrite',
    });
  }
  const { best, ...progress } = parsedJson(
    progressSchema,
    metadata.progress ?? '',
    `${path}: progress`,
    'how far a run has come',
  );
  for (const [name, tensor] of tensors) expectFinite(tensor, `${path}: tensor ${name}`);
  const split = [...tensors];
  const state = new Map(split.filter(([name]) => !name.startsWith(BEST)));
  const weights = new Map(
    split.flatMap(([name, tensor]) =>
      name.startsWith(BEST) ? [[name.slice(BEST.length), tensor] as const] : [],
    ),
  );
  return { ...progress, state, ...(best && { best: { ...best, weights } }) };
}
