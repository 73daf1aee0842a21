import type * as z from 'zod';
import {
  type AnswerView,
  answerSchema,
  type CurvesView,
  curvesSchema,
  type DatasetView,
  datasetSchema,
  IMAGE_HEADERS,
  MASK_HEADERS,
  problemSchema,
  type QuestionView,
  questionsSchema,
  type RunView,
  runsSchema,
  type StartRequest,
  savedSchema,
  type UnderWayView,
  underWaySchema,
} from '../../src/serve/api.ts';
import type { QuestionName } from '../../src/serve/questions.ts';

/** The status where nothing was answered. */
export const NO_ANSWER = 0;

/** What the server refused, in its words. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** What the server answers. @throws Refused with its words */
export async function asked(path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch(() => {
    throw new Refused('the server does not answer: is fewmask serve still running?', NO_ANSWER);
  });
  if (response.ok) return response;
  const found = problemSchema.safeParse(await response.json().catch(() => undefined));
  throw new Refused(found.success ? found.data.problem : `error ${response.status}`, response.status);
}

export const parsed = async <Schema extends z.ZodType>(
  schema: Schema,
  response: Response,
): Promise<z.output<Schema>> => schema.parse(await response.json());

export const ofImage = (place: string, stem: string) => `/api/${place}?stem=${encodeURIComponent(stem)}`;

export const thumbnailOf = (stem: string): string => ofImage('thumbnail', stem);

/** An image, and whether its contrast can be chosen. @throws Refused; Error if it cannot be decoded */
export async function loadImage(
  stem: string,
): Promise<{ readonly image: ImageBitmap; readonly deep: boolean }> {
  const response = await asked(ofImage('image', stem));
  const deep = response.headers.get(IMAGE_HEADERS.deep) === 'true';
  const image = await createImageBitmap(await response.blob()).catch(() => {
    throw new Error(
      `image ${stem}: got what this browser cannot decode, expected an image; see what fewmask data check says of it`,
    );
  });
  return { image, deep };
}

/** The stored values of an image. */
export interface StoredValues {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** [height, width, channels]: 0 stands for the value `low`, 65535 for `high`. */
  readonly samples: Uint16Array;
  readonly low: number;
  readonly high: number;
  /** Which values are black and white by the folder's rule. */
  readonly black: number;
  readonly white: number;
}

export async function loadValues(stem: string): Promise<StoredValues> {
  const response = await asked(ofImage('samples', stem));
  const number = (name: keyof typeof IMAGE_HEADERS) => Number(response.headers.get(IMAGE_HEADERS[name]));
  return {
    ...{ width: number('width'), height: number('height'), channels: number('channels') === 3 ? 3 : 1 },
    samples: new Uint16Array(await response.arrayBuffer()),
    ...{ low: number('low'), high: number('high'), black: number('black'), white: number('white') },
  };
}

export async function loadDataset(): Promise<DatasetView> {
  return parsed(datasetSchema, await asked('/api/dataset'));
}

/** Labels of an image's pixels, a plane or, of overlapping classes, one for each. */
export interface Labels {
  readonly width: number;
  readonly height: number;
  /** Each of width x height bytes. */
  readonly planes: readonly Uint8Array[];
}

export async function labelsIn(response: Response): Promise<Labels> {
  const number = (name: keyof typeof MASK_HEADERS) => Number(response.headers.get(MASK_HEADERS[name]));
  const [width, height, area] = [number('width'), number('height'), number('width') * number('height')];
  const labels = new Uint8Array(await response.arrayBuffer());
  const planes = Array.from({ length: number('planes') }, (_, k) =>
    labels.subarray(k * area, (k + 1) * area),
  );
  return { width, height, planes };
}

/** A mask, and its version, which is to be given back when it is saved. */
export async function loadMask(stem: string): Promise<Labels & { readonly version: string }> {
  const response = await asked(ofImage('mask', stem));
  return { ...(await labelsIn(response)), version: response.headers.get('etag')!.slice(1, -1) };
}

/** What the network of a training makes of an image. */
export async function loadPrediction(stem: string, run: string): Promise<Labels> {
  return labelsIn(await asked(`${ofImage('prediction', stem)}&name=${encodeURIComponent(run)}`));
}

/** @returns the new version */
export async function saveMask(
  stem: string,
  labels: Uint8Array<ArrayBuffer>,
  version: string,
): Promise<string> {
  const init = {
    method: 'PUT',
    headers: { 'if-match': `"${version}"`, 'content-type': 'application/octet-stream' },
    body: labels,
  };
  return (await parsed(savedSchema, await asked(ofImage('mask', stem), init))).version;
}

const post = (body: unknown = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
export const ofRun = (place: string, name: string) => `${place}?name=${encodeURIComponent(name)}`;

export const reportOf = (name: string): string => ofRun('/report', name);

export async function startTraining(wanted: StartRequest): Promise<void> {
  await asked('/api/runs', post(wanted));
}

export async function stopTraining(name: string): Promise<void> {
  await asked(ofRun('/api/runs/stop', name), post());
}

export async function resumeTraining(name: string): Promise<void> {
  await asked(ofRun('/api/runs/resume', name), post());
}

export async function loadCurves(name: string): Promise<CurvesView> {
  return parsed(curvesSchema, await asked(ofRun('/api/runs/curves', name)));
}

/** What the network of a training that goes on makes of some images. */
export async function loadUnderWay(name: string): Promise<UnderWayView> {
  return parsed(underWaySchema, await asked(ofRun('/api/runs/pictures', name)));
}

export async function ask(name: QuestionName): Promise<void> {
  await asked(ofRun('/api/questions/ask', name), post());
}

export async function stopAsking(name: QuestionName): Promise<void> {
  await asked(ofRun('/api/questions/stop', name), post());
}

export async function loadAnswer(name: QuestionName): Promise<AnswerView> {
  return parsed(answerSchema, await asked(ofRun('/api/questions/answer', name)));
}

/** Who is told of what goes on. */
export interface Watcher {
  readonly onRuns: (runs: readonly RunView[]) => void;
  readonly onQuestions: (questions: readonly QuestionView[]) => void;
}

/**
 * Tells trainings and questions, now and whenever they change, while the page is seen: a browser has few connections to one server,
 * which all its tabs share.
 */
export function watch({ onRuns, onQuestions }: Watcher): void {
  let source: EventSource | undefined;
  const look = () => {
    source?.close();
    source = document.hidden ? undefined : new EventSource('/api/events');
    source?.addEventListener('runs', ({ data }) => onRuns(runsSchema.parse(JSON.parse(data))));
    source?.addEventListener('questions', ({ data }) => onQuestions(questionsSchema.parse(JSON.parse(data))));
  };
  document.addEventListener('visibilitychange', look);
  look();
}
