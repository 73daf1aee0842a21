import { NEXT_PREFIX } from '../core/state.ts';
import { median } from './median.ts';
import type { ModelRun, NodeRun } from './profile-events.ts';
import { workOf } from './work.ts';

/** The time of convolutions and products of matrices, and their multiplications and additions. */
export interface ConvolutionWork {
  readonly gflop: number;
  /** Undefined where there is no such work. */
  readonly gflop_per_s?: number;
}

export interface LayerTimes extends ConvolutionWork {
  readonly layer: string;
  readonly forward_ms: number;
  readonly backward_ms: number;
}

export interface OperatorTimes {
  readonly operator: string;
  /** Nodes in one step. */
  readonly count: number;
  readonly ms: number;
  /** Of the time of all nodes, 0 to 1. */
  readonly share: number;
}

export interface NodeTimes extends Omit<NodeRun, 'name'> {
  readonly node: string;
  readonly gflop?: number;
  readonly gflop_per_s?: number;
}

/** Where the time of a training step goes. All times are medians over the runs, in ms. */
export interface Profile {
  readonly runs: number;
  /** The whole step, slowed down by the profiler. */
  readonly step_ms: number;
  /** All nodes of a step. */
  readonly nodes_ms: number;
  /** What is left between the nodes, the profiler's own work among it. */
  readonly between_ms: number;
  readonly layers: readonly LayerTimes[];
  /** Slowest first. */
  readonly operators: readonly OperatorTimes[];
  readonly convolutions: ConvolutionWork & { readonly ms: number };
  /** The ten slowest, slowest first. */
  readonly slowest: readonly NodeTimes[];
}

const BACKWARD = 'gradient/';
const OPTIMIZER = 'optimizer';
/** What the runtime puts in by itself, under names of its own. */
const RUNTIME = 'runtime';
/** Everything that happens to gradients and parameters once the former are there. */
const UPDATE = ['optimizer', NEXT_PREFIX.slice(0, -1), 'clip', 'weights', 'gradient_norm', 'weight_norm'];
const DECODER = /^decoder\.[a-z]+\.\d+/;
const SLOWEST = 10;

/**
 * Tables of a profile.
 *
 * @param runs of one model, at least one; the nodes' names tell the layers
 */
export function profileOf(runs: readonly ModelRun[]): Profile {
  const nodes = runs[0].nodes;
  /** The median over the runs of the time that some of the nodes take together. */
  const time = (which: (node: NodeRun) => boolean) =>
    median(runs.map((run) => spent(run.nodes.filter(which))));
  const convolutionWork = (which: (node: NodeRun) => boolean) => {
    const work = nodes.filter(which).map(workOf);
    const gflop = work.reduce<number>((sum, each) => sum + (each ?? 0), 0);
    const ms = time((node) => which(node) && workOf(node) !== undefined);
    return { ms, gflop, ...rate(gflop, ms) };
  };

  const nodesMs = time(() => true);
  const layers = [...new Set(nodes.map(({ name }) => layerOf(name)))].sort(byOrder).map((layer) => {
    const here = ({ name }: NodeRun) => layerOf(name) === layer;
    const { ms: _, ...work } = convolutionWork(here);
    return {
      layer,
      forward_ms: time((node) => here(node) && !node.name.startsWith(BACKWARD)),
      backward_ms: time((node) => here(node) && node.name.startsWith(BACKWARD)),
      ...work,
    };
  });
  const operators = [...new Set(nodes.map(({ operator }) => operator))].map((operator) => {
    const ms = time((node) => node.operator === operator);
    const count = nodes.filter((node) => node.operator === operator).length;
    return { operator, count, ms, share: ms / nodesMs };
  });
  return {
    runs: runs.length,
    step_ms: median(runs.map(({ ms }) => ms)),
    nodes_ms: nodesMs,
    between_ms: median(runs.map((run) => run.ms - spent(run.nodes))),
    layers,
    operators: operators.sort((a, b) => b.ms - a.ms),
    convolutions: convolutionWork(() => true),
    slowest: slowest(runs),
  };
}

function slowest(runs: readonly ModelRun[]): NodeTimes[] {
  const times = new Map(runs[0].nodes.map(({ name }) => [name, [] as number[]]));
  for (const { nodes } of runs) for (const { name, ms } of nodes) times.get(name)?.push(ms);
  return runs[0].nodes
    .map(({ name, ...node }) => ({ ...node, node: name, ms: median(times.get(name)!) }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST)
    .map((each) => {
      const gflop = workOf({ ...each, name: each.node });
      return { ...each, ...(gflop !== undefined && { gflop, ...rate(gflop, each.ms) }) };
    });
}

const spent = (nodes: readonly NodeRun[]) => nodes.reduce((sum, { ms }) => sum + ms, 0);

const rate = (gflop: number, ms: number) => (gflop > 0 && ms > 0 ? { gflop_per_s: gflop / (ms / 1000) } : {});

/** The layer that a node belongs to, forward and backward alike. */
function layerOf(name: string): string {
  const forward = name.startsWith(BACKWARD) ? name.slice(BACKWARD.length) : name;
  const first = forward.split('/', 1)[0];
  if (UPDATE.includes(first)) return OPTIMIZER;
  if (['encoder', 'segmentation_head', 'loss'].includes(first)) return first;
  return DECODER.exec(first)?.[0] ?? RUNTIME;
}

/** The order of the forward pass. */
function byOrder(a: string, b: string): number {
  const order = ['encoder', 'decoder', 'segmentation_head', 'loss', OPTIMIZER, RUNTIME];
  const place = (layer: string) => order.indexOf(layer.split('.', 1)[0]);
  return place(a) - place(b) || a.localeCompare(b, 'en', { numeric: true });
}
