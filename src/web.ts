// What can be imported from `fewmask/web`: networks that are applied and trained in a page, and all of `fewmask/browser`.
export * from './browser.ts';
export type { LabelMap } from './data/masks/labelling.ts';
export type { StepEvent } from './events/run-event.ts';
export type { NetworkFiles, RunSettings } from './runs/network-files.node.ts';
export {
  type NetworkFacts,
  openNetwork,
  type PageNetwork,
  type PagePrediction,
  type PagePredictOptions,
  type PageRuntime,
  type PageTraining,
  type PageTrainingContext,
  type PreparedImage,
} from './web/network.ts';
export {
  openNetworkIn,
  type Port,
  type WorkerAnswer,
  type WorkerRequest,
} from './web/remote.ts';
export type { PageSample } from './web/samples.ts';
export type { TrainingChanges } from './web/settings.ts';
export type { WebRuntime } from './web/surroundings.ts';
export { serveNetwork } from './web/worker.ts';
