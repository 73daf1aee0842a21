import {
  type LookView,
  lookSchema,
  type Numbers,
  numbersSchema,
  type ResultView,
  resultsSchema,
} from '../../../src/serve/look-api.ts';
import { asked, type Labels, labelsIn, ofImage, ofRun, parsed } from '../server.ts';

export async function loadResults(): Promise<readonly ResultView[]> {
  return parsed(resultsSchema, await asked('/api/look/results'));
}

/** A run's images, and what is known of its masks. */
export async function loadLook(name: string): Promise<LookView> {
  return parsed(lookSchema, await asked(ofRun('/api/look/images', name)));
}

const ofBoth = (place: string, stem: string, name: string) =>
  `${ofImage(place, stem)}&name=${encodeURIComponent(name)}`;

/** What a run's mask of an image is worth; it is made, if it is not there yet. */
export async function loadNumbers(stem: string, name: string, signal?: AbortSignal): Promise<Numbers> {
  return parsed(numbersSchema, await asked(ofBoth('look/numbers', stem, name), { signal }));
}

export async function loadLabels(stem: string, name: string, signal?: AbortSignal): Promise<Labels> {
  return labelsIn(await asked(ofBoth('prediction', stem, name), { signal }));
}

export const predictionsOf = (name: string): string => ofRun('/look/predictions.zip', name);
export const modelOf = (name: string): string => ofRun('/look/model.onnx', name);
