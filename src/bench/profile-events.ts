import type { Shape } from '../core/shape.ts';

/** What the runtime's profiler writes, as far as it is read here. */
export interface ProfileEvent {
  readonly cat?: string;
  readonly name: string;
  /** In µs. */
  readonly dur?: number;
  readonly args?: {
    readonly op_name?: string;
    /** One entry a tensor, `{ "float": [2, 3] }`; those that the runtime has packed away are missing. */
    readonly input_type_shape?: readonly Readonly<Record<string, Shape>>[];
    readonly output_type_shape?: readonly Readonly<Record<string, Shape>>[];
  };
}

/** One node in one run. */
export interface NodeRun {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
  readonly ms: number;
}

/** One run of a model: all of it, and its nodes in their order. */
export interface ModelRun {
  readonly ms: number;
  readonly nodes: readonly NodeRun[];
}

const KERNEL = '_kernel_time';

/** The runs that a profile tells of. The event of a run comes after those of its nodes. */
export function modelRuns(events: readonly ProfileEvent[]): ModelRun[] {
  const runs: ModelRun[] = [];
  let nodes: NodeRun[] = [];
  for (const { cat, name, dur = 0, args = {} } of events) {
    if (cat === 'Node' && name.endsWith(KERNEL)) {
      nodes.push({
        name: name.slice(0, -KERNEL.length),
        operator: args.op_name ?? 'unknown',
        inputs: shapesOf(args.input_type_shape),
        outputs: shapesOf(args.output_type_shape),
        ms: dur / 1000,
      });
    } else if (name === 'model_run') {
      runs.push({ ms: dur / 1000, nodes });
      nodes = [];
    }
  }
  return runs;
}

function shapesOf(tensors: readonly Readonly<Record<string, Shape>>[] = []): Shape[] {
  return tensors.flatMap((tensor) => Object.values(tensor).slice(0, 1));
}
