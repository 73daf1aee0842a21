/** Something that the user is to know. */
export interface Notice {
  readonly type: 'notice';
  readonly level: 'info' | 'warning';
  readonly text: string;
}

/** What takes time beside training. */
export type Phase =
  | 'reading images'
  | 'drawing images'
  | 'converting images'
  | 'computing statistics'
  | 'testing'
  | 'predicting'
  | 'predicting tiles'
  | 'auditing'
  | 'measuring';

/** How far a phase has come. */
export interface PhaseProgress {
  readonly type: 'phase';
  readonly phase: Phase;
  readonly done: number;
  readonly total: number;
}

/** What any room may tell of its work. */
export type WorkEvent = Notice | PhaseProgress;

/** Whoever wants to know how work goes on. */
export interface Listener {
  readonly onEvent?: (event: WorkEvent) => void;
}

/** Tells how far a phase has come. */
export function progressOf({ onEvent }: Listener, phase: Phase): (done: number, total: number) => void {
  return (done, total) => onEvent?.({ type: 'phase', phase, done, total });
}

export function inform({ onEvent }: Listener, text: string): void {
  onEvent?.({ type: 'notice', level: 'info', text });
}

/** For what is not as it should be. */
export function warn({ onEvent }: Listener, text: string): void {
  onEvent?.({ type: 'notice', level: 'warning', text });
}
