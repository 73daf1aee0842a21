import { bitmapOf } from '../../src/annotations/bitmap.ts';
import { fromBrush, toBrush } from '../../src/annotations/run-lengths/brush.ts';
import { compressed, decompressed, fromColumns, toColumns } from '../../src/annotations/run-lengths/coco.ts';
import { inMemory } from '../../src/core/byte-source.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { decodeImageBytes } from '../../src/data/decode/decode.node.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { decodeTorchFile } from '../../src/pytorch/torch-file.node.ts';
import { RUN } from '../../src/records/entries.ts';
import { encodeRgbBmp } from '../../tests/support/bmp.ts';
import { stateDict, torchFile } from '../../tests/support/torch-file.ts';
import type { Attacker } from './attacker.ts';
import { Coverage } from './coverage.ts';
import { soundDicom } from './dicom.ts';
import { among, mutatedBytes } from './mutate.ts';

interface Target {
  readonly name: string;
  /** What is read, for the table. */
  readonly of: string;
  sound(): Promise<readonly Uint8Array[]>;
  read(bytes: Uint8Array): unknown;
}

/**
 * Attacks what reads bytes, guided by coverage: a case that reaches code which none before it has reached is changed further,
 * beside the sound ones (as AFL does; Zalewski 2013). So a case depends on those before it, not on its seed alone.
 */
export function guidedBy({ name, of, sound, read }: Target): Attacker {
  return {
    name: `guided-${name}`,
    what: `${of}, changed on by what code they reach`,
    prepare: async () => {
      const corpus = [...(await sound())];
      const coverage = new Coverage();
      await coverage.start();
      for (const bytes of corpus)
        await Promise.resolve(bytes)
          .then(read)
          .catch(() => {});
      await coverage.news();
      return (stream) => {
        const bytes = mutatedBytes(among(stream, corpus), stream);
        return {
          text: `${Buffer.from(bytes).toString('base64').slice(0, 4000)} in base64`,
          run: async () => {
            await coverage.skip();
            try {
              await read(bytes);
            } finally {
              if (await coverage.news()) corpus.push(bytes);
            }
          },
        };
      };
    },
  };
}

const few: Tensors = new Map([
  ['decoder.a', { shape: [2, 3], data: new Float32Array(6) }],
  ['decoder.b', { shape: [4], data: new Float32Array(4) }],
]);
const size = { width: 12, height: 9 };
const grid = { left: 3, top: 2, width: 6, height: 5, data: new Uint8Array(30).fill(1, 3, 22) };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

const TARGETS: readonly Target[] = [
  {
    name: 'safetensors',
    of: '.safetensors files',
    sound: async () => [encodeSafetensors({ tensors: few, metadata: { kind: 'train' } })],
    read: (bytes) => decodeSafetensors(bytes, 'weights.safetensors'),
  },
  {
    name: 'pickle',
    of: '.pth files',
    sound: async () => {
      const { value, storages } = stateDict(few);
      return [torchFile(value, storages)];
    },
    read: (bytes) => decodeTorchFile(inMemory(bytes), 'weights.pth'),
  },
  {
    name: 'bmp',
    of: 'BMP files',
    sound: async () => [
      encodeRgbBmp(
        6,
        4,
        Uint8Array.from({ length: 72 }, (_, i) => i),
      ),
    ],
    read: (bytes) => decodeImageBytes(Buffer.from(bytes), 'image.bmp'),
  },
  {
    name: 'dicom',
    of: 'DICOM files, run lengths among them',
    sound: soundDicom,
    read: (bytes) =>
      decodeImageBytes(Buffer.from(bytes), 'slice.dcm', { intensity: { low: -100, high: 300 } }),
  },
  {
    name: 'coco-runs',
    of: 'run lengths of COCO',
    sound: async () => [Buffer.from(compressed(toColumns(bitmapOf(grid), size)))],
    read: (bytes) => fromColumns(decompressed(text(bytes), 'runs'), size, 'runs'),
  },
  {
    name: 'brush-runs',
    of: 'run lengths of Label Studio',
    sound: async () => [Uint8Array.from(toBrush(bitmapOf(grid), size))],
    read: (bytes) => fromBrush(bytes, size, 'runs'),
  },
  {
    name: 'records',
    of: 'records of runs: metrics.jsonl',
    sound: async () => [
      Buffer.from('{"step":1,"train_loss":0.5,"lr":0.001}\n{"epoch":1,"train_loss":0.4}\n'),
    ],
    read: (bytes) => RUN.metrics.read(text(bytes), 'metrics.jsonl'),
  },
];

export const guided: readonly Attacker[] = TARGETS.map(guidedBy);
