import { afterAll, beforeAll, test, vi } from 'vitest';
import { Engine } from '../../src/runtime/engine.node.ts';
import { checkCase } from '../support/check-case.ts';
import { describeWithWebgpu } from '../support/webgpu.ts';
import { table } from './table.ts';

vi.setConfig({ testTimeout: 600_000 });

describeWithWebgpu('values and gradients by WebGPU', () => {
  let engine: Engine;
  beforeAll(() => {
    engine = new Engine({ threads: 1, device: 'webgpu' });
  });
  afterAll(() => engine.close());

  test.each(
    table.map((operatorCase) => [operatorCase.name, operatorCase] as const),
  )('%s', (_, operatorCase) => checkCase(engine, operatorCase));
});
