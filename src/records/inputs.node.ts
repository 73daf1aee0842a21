import { existsSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import { readCheckpoint } from './checkpoint.node.ts';
import type { Provenance } from './checkpoint.ts';
import type { RunFolder, SplitParts } from './run-folder.node.ts';

/** What a run is made of beside its settings. */
export interface Inputs {
  readonly parts: SplitParts;
  readonly provenance: Pick<Provenance, 'encoderSha256' | 'start'>;
}

/** What has to be the same when a run is resumed, as its files hold it. */
export function originOf({ encoderSha256, start }: Inputs['provenance']): Record<string, string> {
  return { encoder_sha256: encoderSha256, start };
}

/**
 * Compares the inputs of a resumed run with those that it was started with, as far as its folder records them.
 *
 * @throws UserError naming the first image that is not the same, or the encoder or the start
 */
export async function expectSameInputs(folder: RunFolder, { parts, provenance }: Inputs): Promise<void> {
  await folder.expectSplits(parts);
  const path = [folder.statePath, folder.weightsPath('last')].find((file) => existsSync(file));
  if (!path) return;
  const { metadata } = await readCheckpoint(path);
  for (const [key, value] of Object.entries(originOf(provenance))) {
    if (metadata[key] === value) continue;
    throw new UserError({
      what: `${path}: ${key}`,
      got: metadata[key] ?? 'none',
      expected: value,
      fix: 'resume with the files that the run was started with, or start it again with --overwrite',
    });
  }
}
