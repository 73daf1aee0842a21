import { expect, test } from 'vitest';
import { crossValidate } from '../../src/runs/cross-validate.node.ts';
import { resolvePretrain, resolveTrain } from '../../src/settings/resolve.node.ts';
import { refusal } from '../support/expect-user-error.ts';

test('networks of pieces of images, and autoencoders, are refused before anything is read or trained', async () => {
  const pieces = { kind: 'train', ...resolveTrain({ data: 'nowhere', crop: true }, 1) } as const;
  expect(await refusal(crossValidate({ path: 'run', config: pieces }, { folds: 2 }, {}))).toContain('--crop');
  const painter = { kind: 'pretrain', ...resolvePretrain({ data: 'nowhere' }, 1) } as const;
  expect(await refusal(crossValidate({ path: 'run', config: painter }, { folds: 2 }, {}))).toContain(
    'an autoencoder',
  );
});
