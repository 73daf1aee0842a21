/** Numbers by name, `/` between what they are of and what they are. */
export type Scalars = Readonly<Record<string, number>>;

/** What a setting may be for tools that compare runs by them. */
export type LoggedSetting = string | number | boolean;

/** How a run came to its end. */
export type Outcome = 'done' | 'stopped' | 'failed';

/** Where a run is written down while it is made, for a tool of others. Nothing here may stop a run: what goes wrong is told. */
export interface RunLog {
  /** Once, before all else. @param step from which on it is made now: later ones of an earlier try do not count */
  begin(settings: Readonly<Record<string, LoggedSetting>>, step: number): void;
  scalars(step: number, values: Scalars): void;
  /** @param png of a picture */
  image(step: number, name: string, png: Uint8Array): void;
  /** Once, when the run's work is done; pictures may still come. */
  done(): void;
  /** Once, after all else. @param outcome undefined where other processes go on with it */
  end(outcome: Outcome | undefined): Promise<void>;
}

/** Of which run a log is to be. */
export interface LoggedRun {
  /** Its folder; of a study that of the study. */
  readonly folder: string;
  /** How it is called: of a run of a study `<arm>/seed-<n>/train`. */
  readonly name: string;
  /** The log of the study that it belongs to. */
  readonly parent?: RunLog;
}
