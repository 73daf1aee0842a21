import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeEncoder, readEncoder } from '../../src/encoders/read.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { fixture, pythonWith } from '../support/python.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const python = pythonWith('torch', 'torchvision');
const root = await temporaryFolder();

describe.skipIf(!python)('files of torch.save', () => {
  beforeAll(() => {
    execFileSync(python!, [fixture('torch_files.py'), root]);
  });

  test.each([
    ['plain.pth', 'weights'],
    ['old.pth', 'weights'],
    ['protocol4.pth', 'weights'],
    ['parameters.pth', 'weights'],
    ['double.pth', 'weights'],
    ['strided.pth', 'weights'],
    ['strided-old.pth', 'weights'],
    ['channels-last.pth', 'weights'],
    ['checkpoint.pth', 'weights'],
    ['half.pth', 'half'],
    ['brain.pth', 'brain'],
  ])('%s holds the same bits as %s.safetensors', async (file, same) => {
    expect(describeEncoder(join(root, file)).name).toBe('resnet18');
    const [found, expected] = await Promise.all(
      [file, `${same}.safetensors`].map((name) => readEncoder(join(root, name))),
    );
    for (const [name, { data }] of expected.weights)
      expect(
        Buffer.compare(Buffer.from(found.weights.get(name)!.data.buffer), Buffer.from(data.buffer)),
        name,
      ).toBe(0);
  });

  test.each([
    ['network.pth', 'torchvision.models.resnet.ResNet'],
    ['arguments.pth', 'argparse.Namespace'],
    ['script.pt', 'a TorchScript program'],
    ['evil.pth', 'posix.system'],
  ])('%s is refused by the name of %s', async (file, name) => {
    expect(await refusal(readEncoder(join(root, file)))).toContain(name);
    expect(existsSync(join(root, 'owned'))).toBe(false);
  });
});
