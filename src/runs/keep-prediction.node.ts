import { writeWhole } from '../core/files.node.ts';
import type { Size } from '../core/size.ts';
import { encodeNpy } from '../eval/npy.ts';
import type { OutputPicture } from '../objectives/objective.ts';
import { encodePng } from './encode-png.node.ts';
import type { GivenImage } from './given-images.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import type { PredictedAnnotations } from './predicted-annotations.node.ts';
import type { PredictFormat, Prediction } from './prediction.ts';

/** Of what image a prediction is, and where it goes. */
export interface KeepOptions {
  readonly image: GivenImage;
  readonly native: Size;
  readonly format: PredictFormat;
  /** Where predictions are kept as annotations for a tool. */
  readonly annotations?: PredictedAnnotations;
  /** One, or of classes that overlap one each; none where the prediction is returned. */
  readonly files?: readonly string[];
  readonly objects: boolean;
}

/** Writes a prediction to its file, or returns it. @param output [channels, H, W] of the network's size */
export async function keepPrediction(
  { objective, network }: OpenedRun,
  output: Float32Array,
  { image, native, files, format, objects, annotations }: KeepOptions,
): Promise<Prediction> {
  const { size, architecture } = network;
  const found = objects ? objective.output.objects?.(output, size, native) : undefined;
  const told = { image: image.name, ...objective.output.measures(output, size) };
  const also = found && { objects: found };
  if (annotations) {
    const masks = objective.output.masks!(output, size, native);
    return { ...told, ...also, file: annotations.add(image, masks, size, native) };
  }
  const shape = [architecture.head.channels, size.height, size.width];
  const pictures = () => objective.output.pictures(output, size, native);
  if (files === undefined) {
    const { width, height } = native;
    const masks = pictures().map((picture) => ({ ...picture, width, height }));
    const [first] = masks;
    const marked = first.name === undefined ? { mask: first } : { masks };
    return { ...told, ...marked, probabilities: { shape, data: output }, ...also };
  }
  if (format === 'npy') {
    await writeWhole(files[0], encodeNpy({ shape, data: output }));
    return { ...told, file: files[0], ...also };
  }
  const made = pictures();
  for (const [i, picture] of made.entries()) await writeWhole(files[i], await encodePng(picture, native));
  return { ...told, ...writtenTo(files, made), ...also };
}

/** What is told of where pictures lie. */
export function writtenTo(
  files: readonly string[],
  pictures: readonly Pick<OutputPicture, 'name'>[],
): Pick<Prediction, 'file' | 'files'> {
  if (pictures.every(({ name }) => name === undefined)) return { file: files[0] };
  return { files: Object.fromEntries(pictures.map(({ name = '' }, i) => [name, files[i]])) };
}
