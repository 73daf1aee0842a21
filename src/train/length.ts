/**
 * Steps and epochs of a training on so many images. A last batch that would not be full is left out; fewer images than a batch
 * has are one batch.
 */
export function lengthOf(
  {
    batch,
    epochs,
    maxSteps,
  }: { readonly batch: number; readonly epochs: number; readonly maxSteps?: number },
  images: number,
) {
  const size = Math.min(batch, images);
  const stepsPerEpoch = Math.floor(images / size);
  const steps = Math.min(epochs * stepsPerEpoch, maxSteps ?? Number.POSITIVE_INFINITY);
  return { batch: size, stepsPerEpoch, steps, epochs: Math.ceil(steps / stepsPerEpoch) };
}
