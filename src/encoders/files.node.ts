import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { type ByteSource, inMemory } from '../core/byte-source.ts';
import { expectRegular, notReadable, sha256 } from '../core/files.node.ts';
import type { Tensors } from '../core/tensor.ts';
import type { Encoder } from '../nn/encoder.ts';
import { decodeSafetensors, encodeSafetensors, tensorNames } from '../onnx/safetensors.ts';
import { decodeTorchFile, isTorchFile, torchTensorNames } from '../pytorch/torch-file.node.ts';
import { CONVERTED_FROM, type EncoderWeights, encoderInTensors, formatOf } from './formats.ts';
import { isHdf5, readKeras } from './keras-file.node.ts';
import { mobileNetV2 } from './mobilenetv2.ts';

/** A kind of file that weights of encoders come in. */
interface FileKind {
  /** Whether a file is of this kind, by its first bytes. */
  begins(start: Uint8Array): boolean;
  /** The names of its tensors, of as little of the file as it takes. */
  names(source: ByteSource, file: string): Iterable<string>;
  tensors(bytes: Uint8Array, file: string): Tensors | Promise<Tensors>;
}

/** Those before the last are known by how they begin. */
const KINDS: readonly FileKind[] = [
  {
    begins: isTorchFile,
    names: torchTensorNames,
    tensors: (bytes, file) => decodeTorchFile(inMemory(bytes), file),
  },
  {
    begins: isHdf5,
    // The one network that is read of such files; whether it is there, is seen when it is read.
    names: () => mobileNetV2.tensors.map(({ name }) => name),
    tensors: readKeras,
  },
  {
    begins: () => true,
    names: (source, file) => tensorNames(headerOf(source), file),
    tensors: (bytes, file) => decodeSafetensors(bytes, file).tensors,
  },
];

const START = 16;
const kindOf = (start: Uint8Array) => KINDS.find(({ begins }) => begins(start))!;

/**
 * The encoder that a file holds: .safetensors, .pth of PyTorch, .h5 of Keras, known by their content.
 *
 * @param file what to call it in errors
 * @throws UserError naming what is wrong with the file, or the first tensor that is missing or has another shape
 */
export async function encoderOfBytes(bytes: Uint8Array, file: string): Promise<EncoderWeights> {
  return encoderInTensors(await tensorsOf(bytes, file), file);
}

async function tensorsOf(bytes: Uint8Array, file: string): Promise<Tensors> {
  return kindOf(bytes.subarray(0, START)).tensors(bytes, file);
}

/** Such a file as .safetensors: as it is, or its tensors, by the file's names, and the SHA-256 that it is known by. */
export async function asSafetensors(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  if (kindOf(bytes.subarray(0, START)) === KINDS[KINDS.length - 1]) return bytes;
  const metadata = { [CONVERTED_FROM]: sha256(bytes) };
  return encodeSafetensors({ tensors: await tensorsOf(bytes, file), metadata });
}

/**
 * The same without its weights: of the file only what it takes is read.
 *
 * @param name what to call the file in errors
 * @param expected what should be there, for errors
 * @throws UserError if the file cannot be read, or holds no encoder
 */
export function describeEncoderFile(path: string, name: string, expected: string): Encoder {
  const reading = <Result>(work: () => Result) => {
    try {
      return work();
    } catch (error) {
      throw notReadable(path, expected, error);
    }
  };
  reading(() => expectRegular(statSync(path)));
  const descriptor = reading(() => openSync(path, 'r'));
  try {
    const source: ByteSource = {
      length: reading(() => fstatSync(descriptor).size),
      read: (from, to) => {
        const bytes = Buffer.alloc(Math.max(0, Math.min(to, source.length) - from));
        return bytes.subarray(
          0,
          reading(() => readSync(descriptor, bytes, 0, bytes.length, from)),
        );
      },
    };
    return formatOf(kindOf(source.read(0, START)).names(source, name), name).encoder;
  } finally {
    closeSync(descriptor);
  }
}

/** A header takes 100 bytes a tensor. */
const MOST_HEADER = 100_000_000n;

/** The header of a safetensors file, or as much of it as there is. */
function headerOf(source: ByteSource): Uint8Array {
  const length = Buffer.from(source.read(0, 8));
  if (length.length < 8) return length.subarray(0, 0);
  const size = length.readBigUInt64LE();
  return source.read(0, 8 + Number(size < MOST_HEADER ? size : 0n));
}
