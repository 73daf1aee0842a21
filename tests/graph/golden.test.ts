import { test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { lower, printGraph } from '../../src/graph/lower.ts';
import { mse } from '../../src/nn/losses.ts';
import type { OnnxModel } from '../../src/onnx/model.ts';
import { conv } from '../../src/ops/conv.ts';
import { relu } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { passes } from '../../src/passes/index.ts';
import { expectGolden } from '../support/golden.ts';

/** Two convolutions with a relu between them, and their mean squared error. */
function smallNetwork() {
  const graph = new Graph(passes);
  const image = graph.input('image', [1, 3, 8, 8]);
  const target = graph.input('target', [1, 2, 8, 8]);
  const parameters = {
    'layer1.weight': graph.input('layer1.weight', [4, 3, 3, 3]),
    'layer1.bias': graph.input('layer1.bias', [4]),
    'layer2.weight': graph.input('layer2.weight', [2, 4, 1, 1]),
  };
  const hidden = graph.scope('layer1', () =>
    relu(conv(image, parameters['layer1.weight'], { padding: 1, bias: parameters['layer1.bias'] })),
  );
  const output = graph.scope('layer2', () => conv(hidden, parameters['layer2.weight']));
  const loss = graph.scope('loss', () => mse(output, target));
  const found = gradients(loss, Object.values(parameters));
  const slopes = Object.fromEntries(
    Object.keys(parameters).map((name, i) => [`gradient of ${name}`, found[i]]),
  );
  return { loss, slopes };
}

/** A model as text: inputs, constants, nodes in order. */
function printModel({ inputs, initializers, nodes, outputs }: OnnxModel): string {
  const tensor = (kind: string, { name, shape }: { name: string; shape: readonly number[] }) =>
    `${kind} ${name} [${shape.join('x')}]`;
  return [
    ...inputs.map((input) => tensor('input', input)),
    ...initializers.map((initializer) => tensor('constant', initializer)),
    ...nodes.map(
      (node) =>
        `${node.outputs.join(', ')} = ${node.domain}${node.domain && '.'}${node.operator}(${node.inputs.join(', ')}) ${JSON.stringify(node.attributes)}`,
    ),
    ...outputs.map((output) => tensor('output', output)),
    '',
  ].join('\n');
}

test('a graph as text', () => {
  const { loss } = smallNetwork();
  expectGolden('graph/forward.txt', printGraph([loss]));
});

test('its gradient as text', () => {
  const { loss, slopes } = smallNetwork();
  expectGolden('graph/gradient.txt', printGraph([loss, ...Object.values(slopes)]));
});

test('both lowered, as text', () => {
  const { loss, slopes } = smallNetwork();
  expectGolden('graph/lowered.txt', printModel(lower({ loss, ...slopes })));
});
