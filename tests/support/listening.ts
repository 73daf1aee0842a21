import type { Phase } from '../../src/core/events.ts';
import type { EpochEvent, RunEvent, RunOfStudy, StepEvent } from '../../src/events/run-event.ts';
import type { RunSummary } from '../../src/records/summaries.ts';

/** What a test does at an event, of a run or of a run of a study. */
export interface Handlers {
  notice?(text: string): void;
  warning?(text: string): void;
  phase?: Partial<Record<Phase, (done: number, total: number) => void>>;
  /** `run` only of a run of a study. */
  step?(event: StepEvent, run: RunOfStudy): void;
  epoch?(event: EpochEvent): void;
  /** Of a run of a study. */
  start?(run: RunOfStudy): void;
  done?(run: RunOfStudy, summary: RunSummary): void;
  readonly signal?: AbortSignal;
}

/** A listener that calls the handlers. */
export function listening({ signal, ...handlers }: Handlers) {
  const tell = (event: RunEvent, run?: RunOfStudy): void => {
    if (event.type === 'run') tell(event.event, event.run);
    if (event.type === 'notice') handlers[event.level === 'warning' ? 'warning' : 'notice']?.(event.text);
    if (event.type === 'phase') handlers.phase?.[event.phase]?.(event.done, event.total);
    if (event.type === 'step') handlers.step?.(event, run!);
    if (event.type === 'epoch') handlers.epoch?.(event);
    if (event.type === 'start' && run) handlers.start?.(run);
    if (event.type === 'done' && run) handlers.done?.(run, event.summary as RunSummary);
  };
  return { ...(signal && { signal }), onEvent: (event: RunEvent) => tell(event) };
}
