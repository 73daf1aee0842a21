import type { Value } from './graph.ts';

/** What a session computes, before it is lowered for a runtime. */
export interface Program {
  /** By name; those of names `next/<name>` replace what the engine keeps as <name>. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** Inputs that the engine may keep in any layout from run to run. */
  readonly stored?: readonly string[];
}
