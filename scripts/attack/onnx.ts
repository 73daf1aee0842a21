import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { RandomStream } from '../../src/core/random.ts';
import { inspect } from '../../src/encoders/inspect.node.ts';
import { encodeModel } from '../../src/onnx/model.ts';
import { convolutions, transformer } from '../../tests/support/onnx-encoder.ts';
import type { Attacker } from './attacker.ts';
import { mutatedBytes, mutatedMessage } from './mutate.ts';
import { scratchFolder } from './scratch.ts';

const SIZE = 32;

/** Models of which fields, lengths or bytes are changed, looked at as an encoder is. A runtime that ends the process ends the attack. */
export const onnx: Attacker = {
  name: 'onnx',
  what: 'damaged encoders in .onnx: loaded and run',
  prepare: async () => {
    const file = join(await scratchFolder(), 'encoder.onnx');
    const models = [convolutions(SIZE), transformer(SIZE, 16, 4)].map(encodeModel);
    return (stream) => {
      const bytes = changedModel(models[stream.integer(models.length)], stream);
      return {
        text: `${bytes.length} bytes`,
        run: async () => {
          await writeFile(file, bytes);
          await inspect(file, { size: { height: SIZE, width: SIZE } });
        },
      };
    };
  },
};

function changedModel(model: Uint8Array, stream: RandomStream): Uint8Array {
  if (stream.integer(4) === 0) return mutatedBytes(model, stream);
  const message = fromBinary(ModelProtoSchema, model);
  mutatedMessage(message, stream);
  return toBinary(ModelProtoSchema, message);
}
