import { expectSize, type Size } from '../core/size.ts';
import { addBubbles } from './bubbles.ts';
import { develop } from './finish.ts';
import { frameCoverage } from './frame.ts';
import { drawScene, type Scene } from './scene.ts';
import { shade } from './shade.ts';
import { Surface } from './surface.ts';
import { Tissue } from './tissue.ts';
import { traceDepths } from './trace.ts';

export interface SampleOptions extends Size {
  readonly seed: number;
  /** Which image of the endless series that belongs to the seed. */
  readonly index: number;
}

/** A picture and where its lesions are. */
export interface SyntheticSample {
  /** RGB, [H, W, 3] in 0..255. */
  readonly image: Uint8Array;
  /** [H, W], 1 inside lesions, else 0. */
  readonly mask: Uint8Array;
}

/**
 * Draws an image like those of endoscopy, with lesions and the mask of them: a bent tube with folds, lit by a lamp
 * beside the lens. It is a pure function of its options. Places and extents are relative, so another size is the same
 * picture at another resolution; another aspect ratio is another picture.
 *
 * @throws UserError for a size without pixels
 */
export function drawSyntheticSample({ seed, index, height, width }: SampleOptions): SyntheticSample {
  expectSize({ height, width });
  return renderScene(drawScene(seed, index, width / height), { height, width });
}

/** The picture of a scene at some resolution. */
export function renderScene(scene: Scene, size: Size): SyntheticSample {
  const { bowel, lesions, noise, camera, mucosa, bubbles, frame, optics } = scene;
  const surface = new Surface(
    bowel,
    lesions.map(({ shape }) => shape),
    noise,
  );
  const matter = {
    surface,
    tissue: new Tissue(mucosa, noise),
    looks: lesions.map(({ look }) => look),
  };
  const coverage = frameCoverage(frame, size);
  const depths = traceDepths(surface, camera, size, coverage);
  const { light, mask } = shade(matter, camera, size, depths);
  addBubbles(light, bubbles, size);
  for (let i = 0; i < mask.length; i++) if (coverage[i] < 0.5) mask[i] = 0;
  const image = develop(light, coverage, size, optics);
  return { image, mask };
}
