import { vi } from 'vitest';
import { describeWithShared } from '../support/shared.ts';
import { describeWithWebgpu } from '../support/webgpu.ts';
import { heldAgainstPyTorch } from './parity-cases.ts';

// Imitated by the processor it takes minutes.
vi.setConfig({ testTimeout: 900_000 });

describeWithShared('against PyTorch', () => {
  describeWithWebgpu('by WebGPU', () => heldAgainstPyTorch({ device: 'webgpu' }));
});
