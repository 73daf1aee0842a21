import { describe } from 'vitest';
import { KERNELS } from '../../src/runtime/kernels.ts';
import { describeWithShared } from '../support/shared.ts';
import { heldAgainstPyTorch } from './parity-cases.ts';

describeWithShared('against PyTorch', () => {
  describe.each(KERNELS)('%s kernels', (kernels) => heldAgainstPyTorch({ kernels }));
});
