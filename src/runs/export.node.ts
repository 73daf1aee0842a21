import { join } from 'node:path';
import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { type Listener, warn } from '../core/events.ts';
import { refuseExisting, writeWhole } from '../core/files.node.ts';
import { expectApart } from '../core/place.node.ts';
import { encodeSafetensors } from '../onnx/safetensors.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import { parseSettings } from '../settings/parse.ts';
import { readingOf } from '../settings/pixels.ts';
import { gateFacts, runFacts } from './model-facts.node.ts';
import { onnxModel } from './onnx-model.node.ts';
import { type OpenedRun, openRun } from './open-run.node.ts';
import { rawFacts, rawInputOf } from './raw-input.ts';
import { type ExportOptions, exportOutputSchema, exportSchema } from './settings.ts';
import { smpStateDict } from './smp.ts';

/** Where an exported network goes. */
export interface ExportPlace extends Listener {
  /** `<name>.onnx`. */
  readonly out: string;
  /** Replace what is there. */
  readonly overwrite?: boolean;
}

export interface ExportedModel {
  readonly file: string;
  readonly bytes: number;
  /** The metadata of the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes a run's network for other programs.
 *
 * `to: 'onnx'`: one ONNX file (operator set 17) with all weights inside. Input `image` float32 [N, 3, H, W], RGB in [-1, 1],
 * for any N. Output float32: `probability` [N, 1, H, W] of a segmentation, `reconstruction` [N, 3, H, W] of a pretraining run.
 * With `gates` there is a second input, `skip_gates` float32 [5]: the decoder's inputs from the encoder at strides 2, 4, 8, 16
 * (the skips) and 32 (the bottleneck) are multiplied by it, the same for all images; all 1 = the network as it was trained.
 *
 * `to: 'smp'`: a state dict, as a safetensors file, that the `Unet` of segmentation_models_pytorch loads strictly. It is for the
 * decoder `unet` behind a ResNet.
 *
 * Everything else that a program has to know is in the file's metadata.
 *
 * @throws UserError before anything is written: a file in the way, a name of another ending, an unreadable run, a network that
 *   has no such form
 */
export async function exportRun(options: ExportOptions, place: ExportPlace): Promise<ExportedModel> {
  const { onEvent, ...output } = place ?? ({} as ExportPlace);
  const settings = parseSettings(exportSchema, options);
  const { run: path, to } = settings;
  const { out: file, overwrite } = parseSettings(exportOutputSchema, output);
  const { ending, write } = FORMS[to];
  if (!file.endsWith(ending)) {
    throw new UserError({
      what: file,
      got: 'another ending',
      expected: `a file name that ends in ${ending}`,
    });
  }
  expectFitting(settings);
  if (!overwrite) refuseExisting(file);
  const run = await openRun(path, { onEvent, weights: settings.weights, encoder: settings.encoder });
  expectOneGraph(run);
  if (settings.rawInput) expectWhole(run);
  const read = [RUN_PATHS.best, RUN_PATHS.last].map((name) => join(path, name));
  expectApart(file, { apart: [...read, run.config.encoder] });
  const card = await cardFacts(run, { onEvent });
  const { content, metadata } = write(run, settings, card);
  await writeWhole(file, content);
  return { file, bytes: content.length, metadata };
}

type ExportSettings = z.output<typeof exportSchema>;

/** @throws UserError for settings that mean nothing together */
function expectFitting({ to, gates, rawInput, rawType }: ExportSettings): void {
  for (const [what, given] of Object.entries({ gates, rawInput })) {
    if (given && to !== 'onnx')
      throw new UserError({
        what,
        got: `${what} with ${to}`,
        expected: 'an ONNX model',
        fix: 'export to onnx',
      });
  }
  if (rawType !== 'uint8' && !rawInput)
    throw new UserError({
      what: 'rawType',
      got: `${rawType} for a model that takes no pixels`,
      expected: 'a model that does',
      fix: 'pass --raw-input, too',
    });
}

/** @throws UserError where the encoder is a model of its own, which is no part of our graph */
function expectOneGraph({ path, network }: OpenedRun): void {
  const { name, model } = network.architecture.encoder;
  if (!model) return;
  throw new UserError({
    what: path,
    got: `a network behind the model ${name}`,
    expected: 'a network that is one graph',
    fix: 'apply it with fewmask predict; such a model cannot be exported with the decoder',
  });
}

/** @throws UserError for a network of pieces of images: a model does not cut tiles */
function expectWhole({ path, config }: OpenedRun): void {
  if (!config.crop) return;
  throw new UserError({
    what: 'rawInput',
    got: `${path}, a network of pieces of images (--crop)`,
    expected: 'a network of whole images, which the model itself can bring to its size',
    fix: 'leave out --raw-input; make its input as the metadata of the model says',
  });
}

/** A file's bytes, and what it says of itself. */
interface Written {
  readonly content: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a network can be written as. */
const FORMS = {
  onnx: { ending: '.onnx', write: asOnnx },
  smp: { ending: '.safetensors', write: asStateDict },
};

function asOnnx(
  run: OpenedRun,
  { gates, rawInput, rawType }: ExportSettings,
  card: Readonly<Record<string, string>>,
): Written {
  const { fit } = run.config;
  const raw = rawInput ? { ...rawInputOf(rawType, readingOf(run.config)), ...(fit && { fit }) } : undefined;
  const metadata = {
    ...runFacts(run),
    ...(gates && gateFacts(run.network.architecture.encoder)),
    ...(raw && rawFacts(run.objective.output.name, run.network.size, raw)),
    ...card,
  };
  return { content: onnxModel(run, { gates, raw, metadata }), metadata };
}

/** The model card of a run as JSON, where there is one of these weights. */
async function cardFacts(
  { path, hashes }: OpenedRun,
  listener: Listener,
): Promise<Readonly<Record<string, string>>> {
  const card = await readEntry(path, RUN.card);
  if (!card) return {};
  if (card.network.weights_sha256 === hashes.weights) return { model_card: JSON.stringify(card) };
  warn(
    listener,
    `${path}: its model card is of other weights and is left out; make it again: npx fewmask card ${path}`,
  );
  return {};
}

function asStateDict(run: OpenedRun): Written {
  const { call, tensors, counts } = smpStateDict(run.network, run.path);
  const { encoder, head } = run.network.architecture;
  const { input } = encoder;
  const known = runFacts(run);
  const metadata = {
    ...known,
    // As PyTorch's own safetensors files have it.
    format: 'pt',
    model: `segmentation_models_pytorch.${call}`,
    output_name: 'linear',
    output_activation: head.activation,
    output_range: `${known.output_range}, after ${head.activation}`,
    input_range: `[0, 1], less mean ${input.mean.join()}, by deviation ${input.std.join()}`,
    input_mean: input.mean.join(),
    input_std: input.std.join(),
    input_scaling: '(value / 255 - mean) / std',
  };
  return { content: encodeSafetensors({ tensors, counts, metadata }), metadata };
}
