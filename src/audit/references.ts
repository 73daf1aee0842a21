// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: they are measured
import { mobileNetV2 } from '../encoders/mobilenetv2.ts';
import type { DecoderName } from '../nn/model.ts';
import type { AuditResult, Label } from '../records/audit-result.ts';
import { FIGURES, type Figures, type PathShare } from './figures.ts';
import { pathsOf } from './paths.ts';

/** A network whose making is known, and what its audit found. */
export interface ReferenceNetwork {
  readonly name: string;
  readonly kind: AuditResult['kind'];
  readonly decoder: DecoderName;
  readonly label: Label;
  readonly figures: Figures;
  readonly paths: readonly PathShare[];
}

/** What they were trained and audited on. */
export const REFERENCE_SETTING =
  'Kvasir-SEG at 128 px, MobileNetV2 of ImageNet, 120 test images; see docs/audit.md';

/** Of the encoder that they were made with. */
const PATHS = pathsOf(mobileNetV2);

type Numbers = readonly (number | null)[];

/** Name, kind, decoder, label, the figures in the order of `FIGURES`, the shares of the paths. */
type Row = readonly [string, ReferenceNetwork['kind'], DecoderName, Label, Numbers, Numbers];

// biome-ignore format: a network a line
/** Written by `scripts/evidence/references.ts`. */
const ROWS: readonly Row[] = [
  ["untrained","autoencoder","unet","explains nothing",[10.1,-1.42,0.999,-1.41,-1.42,null,-0.0121,-8.85,10.8,10.1,10,7.1,5.1,0.5,0.5],[0.972,0.0399,-0.0128,0.000519,0.00071]],
  ["identity","autoencoder","unet","copies through skips",[26.3,0.942,0.99,-0.0154,-3.68,null,0.0876,7.27,9.48,12.8,13.6,6.77,25.6,0.0311,0.969],[0.498,0.272,0.216,0.00445,0.00982]],
  ["identity, skips dropped","autoencoder","unet","mixed",[22.8,0.87,0.994,0.0288,0.806,null,0.0563,3.72,9.24,12.5,10.7,6.56,9.49,0.0599,0.94],[0.86,0.0705,0.056,0.00755,0.00638]],
  ["identity, no skips","autoencoder","unet","reconstructs from depth",[16,0.379,0,0.379,0.379,null,0.00448,-2.79,8.83,10.2,6.7,5.49,47,0.706,0.293],[0,0,0,0,1]],
  ["identity, gated skips","autoencoder","unet","copies through skips",[26.3,0.942,0.988,-0.0198,-3.5,null,0.0897,7.3,9.27,12.7,13.4,6.75,27.3,0.0322,0.968],[0.496,0.27,0.216,0.00509,0.0124]],
  ["white noise removed","autoencoder","unet","mixed",[24.1,0.903,0.991,-0.0447,-0.12,0.892,0.00421,10.2,10.3,12.1,13.3,6.91,18.9,0.0494,0.95],[0.309,0.461,0.214,0.00655,0.00932]],
  ["coarse noise removed","autoencoder","unet","mixed",[21.4,0.82,0.98,-0.0184,-0.198,0.799,0.0865,5.34,9.84,12.9,9.48,6.26,20.9,0.0923,0.908],[0.395,0.282,0.27,0.0334,0.0199]],
  ["planted: first skip alone","autoencoder","unet","copies through skips",[16.7,0.464,1,-0.204,-4.33,null,0.135,-2.31,9.29,13.2,8.9,6.49,4.12,0.263,0.737],[1,0,0,0,0]],
  ["planted: no skip","autoencoder","unet","explains nothing",[6.68,-4.33,0,-4.33,-4.33,null,-0.0561,-12.4,4.79,6.69,3.21,3.56,46.6,0.5,0.5],[0,0,0,0,1]],
  ["untrained","segmentation","unet","explains nothing",[0.243,-1.25,1,-1.25,-1.25,null,null,null,null,null,null,null,5.1,0.5,0.5],[0.968,0.0284,0.00409,-0.0000863,-0.000436]],
  ["from scratch","segmentation","unet","relies on skips",[0.704,0.396,0.878,-0.2,-2.8,null,null,null,null,null,null,null,40,0.321,0.689],[0.052,0.11,0.346,0.37,0.122]],
  ["from scratch, no skips","segmentation","unet","explains nothing",[0.359,-1.2,0,-1.2,-1.2,null,null,null,null,null,null,null,46.8,0.564,0.443],[0,0,0,0,1]],
  ["untrained","autoencoder","pix2pix","explains nothing",[5.06,-6.74,1,-1.4,-6.75,null,-0.334,-14,5.14,5.13,5.4,3.94,2.24,0.498,0.502],[0.922,0.0504,0.0259,0.000899,0.000494]],
  ["identity","autoencoder","pix2pix","copies through skips",[19.3,0.71,0.944,0.0473,-1.45,null,0.498,0.213,7.59,9.08,10.1,6.2,26.6,0.139,0.862],[0.126,0.244,0.428,0.147,0.0558]],
  ["identity, skips dropped","autoencoder","pix2pix","mixed",[18.7,0.662,0.957,0.175,0.644,null,0.464,-0.434,7.58,9.05,9.39,6.09,19.2,0.142,0.859],[0.0423,0.404,0.367,0.143,0.0433]],
  ["identity, no skips","autoencoder","pix2pix","reconstructs from depth",[15.1,0.227,0,0.227,0.227,null,-0.0213,-3.73,8.77,10.6,5.8,5.85,48,0.65,0.345],[0,0,0,0,1]],
  ["identity, gated skips","autoencoder","pix2pix","copies through skips",[20,0.755,0.921,0.0836,-0.911,null,0.492,0.944,8.1,10,10.8,6.38,36.2,0.137,0.864],[0.137,0.0867,0.598,0.0998,0.0786]],
  ["white noise removed","autoencoder","pix2pix","mixed",[15.4,0.287,0.866,0.0388,-0.889,0.205,0.00707,1.48,8.39,9.85,9.53,6.28,33.5,0.253,0.747],[-1.32,0.614,1.17,0.402,0.134]],
  ["coarse noise removed","autoencoder","pix2pix","mixed",[16.7,0.464,0.881,0.071,-1.28,0.401,0.519,0.734,7.85,8.9,7.92,5.77,36.7,0.246,0.756],[-0.042,0.194,0.373,0.356,0.119]],
  ["planted: first skip alone","autoencoder","pix2pix","explains nothing",[10.9,-1.02,1,-1.25,-1.35,null,0.57,-8.11,7.1,8.73,6.4,5.41,2.24,0.447,0.554],[1,0,0,0,0]],
  ["planted: no skip","autoencoder","pix2pix","explains nothing",[7.63,-3.28,0,-3.28,-3.28,null,0.0164,-11.4,8.29,7.07,9.01,5.81,47.4,0.505,0.495],[0,0,0,0,1]],
  ["untrained","segmentation","pix2pix","explains nothing",[0.193,-2.4,1,-1.51,-2.4,null,null,null,null,null,null,null,2.24,0.499,0.501],[0.974,0.022,0.00359,0.000655,0.000107]],
  ["from scratch","segmentation","pix2pix","explains nothing",[0.581,0.0805,0.945,-0.192,-0.663,null,null,null,null,null,null,null,41.2,0.419,0.578],[-0.191,0.118,0.23,0.787,0.0552]],
  ["from scratch, no skips","segmentation","pix2pix","explains nothing",[0.333,-1.5,0,-1.5,-1.5,null,null,null,null,null,null,null,46.1,0.538,0.467],[0,0,0,0,1]],
];

export const REFERENCES: readonly ReferenceNetwork[] = ROWS.map(
  ([name, kind, decoder, label, values, shares]) => ({
    ...{ name, kind, decoder, label },
    figures: Object.fromEntries(FIGURES.map((figure, i) => [figure, values[i]])) as Figures,
    paths: PATHS.map((path, i) => ({ ...path, shapley: shares[i] })),
  }),
);
