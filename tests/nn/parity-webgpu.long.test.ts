import { describeWithShared } from '../support/shared.ts';
import { describeWithWebgpu } from '../support/webgpu.ts';
import { heldAgainstPyTorch } from './parity-cases.ts';

describeWithShared('against PyTorch', () => {
  describeWithWebgpu('by WebGPU', () => heldAgainstPyTorch({ device: 'webgpu' }));
});
