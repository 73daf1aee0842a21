import { CONSISTENCY_WEIGHT } from '../nn/consistency.ts';
import { AVERAGE_PREFIX, trainingStep } from '../nn/step-graph.ts';
import { segment } from '../objectives/segment.ts';
import { scalarTensor } from '../runtime/engine.node.ts';
import { Teacher } from '../train/teacher.ts';
import { median } from './median.ts';
import type { BenchmarkSettings } from './settings.ts';
import { inEngine, stepScalars, WARM_UPS, type Workload } from './workload.node.ts';

const THRESHOLD = 0.95;

/**
 * The time of a step that also learns from as many plain images as it has with masks: the teacher marks them, then the step runs
 * on both. The median over the runs, in ms.
 */
export function consistencyTime(workload: Workload, settings: BenchmarkSettings): Promise<number> {
  const { architecture, encoder, weights, learning, image, target } = workload;
  const { batch, height, width } = learning;
  const step = trainingStep(architecture, encoder, {
    ...learning,
    batch: 2 * batch,
    plain: batch,
    averaged: true,
  });
  const averages = Array.from(weights, ([name, content]) => [AVERAGE_PREFIX + name, content] as const);
  const state = { ...workload, step, weights: new Map([...weights, ...averages]) };
  return inEngine(state, settings, async (engine) => {
    const objective = segment(learning.loss);
    const plan = { architecture, encoder, objective, size: { height, width }, average: 0.99 };
    const teacher = new Teacher(plan, { batch, threshold: THRESHOLD, pseudoMasks: 'own' }, engine);
    const session = await engine.load(step.model);
    const times: number[] = [];
    for (let k = 1; k <= WARM_UPS + settings.runs; k++) {
      const both = new Float32Array(2 * image.data.length);
      both.set(image.data);
      both.set(image.data, image.data.length);
      const given = {
        image: { shape: [2 * batch, 3, height, width], data: both },
        target: { ...target, data: target.data.slice() },
      };
      const weak = { images: image.data.slice(), mixes: Array.from({ length: batch }, () => undefined) };
      const began = performance.now();
      const pseudo = await teacher.pseudoMasks(weak);
      const scalars = {
        [CONSISTENCY_WEIGHT]: scalarTensor(1),
        average_decay: scalarTensor(0.99),
        ...stepScalars(k),
      };
      pseudo.measures(await session.run({ ...given, ...pseudo.tensors, ...scalars }));
      times.push(performance.now() - began);
    }
    return median(times.slice(WARM_UPS));
  });
}
