export type { Conversion } from './annotations/convert.node.ts';
export type { FormatName } from './annotations/format.ts';
export type { Audit } from './audit/audit.node.ts';
export type { AuditPicture } from './audit/gallery.ts';
export type { AuditOptions } from './audit/settings.ts';
export { type Benchmark, benchmark } from './bench/benchmark.node.ts';
export type { BenchmarkOptions } from './bench/settings.ts';
export type { StudyStatus } from './cluster/status.node.ts';
export type { Submission } from './cluster/submit.node.ts';
export { UserError } from './core/errors.ts';
export type { Listener, WorkEvent } from './core/events.ts';
export type { DataCheck, FolderCheck } from './data/check/check.node.ts';
export type { Problem } from './data/check/problems.ts';
export { type Fit, type Place, placeIn } from './data/decode/fit.ts';
export type { ImageInMemory } from './data/decode/memory.ts';
export { resizePlane } from './data/decode/resize.ts';
export { prepareImage } from './data/loading/prepare.ts';
export type { EncoderEntry, EncoderList } from './encoders/list.node.ts';
export type { RunContext, RunEvent, RunOfStudy } from './events/run-event.ts';
export { type AuditPlace, audit } from './library/audit.node.ts';
export { writeCard } from './library/card.node.ts';
export { checkData, convertData, encoders, type SyntheticPlace, synthesise } from './library/data.node.ts';
export { type Devices, devices } from './library/devices.node.ts';
export { type Doctor, doctor } from './library/doctor.node.ts';
export { expectationOf } from './library/expect.node.ts';
export { type Next, next } from './library/next.node.ts';
export { explainStudy, preview, studyFindings, writeReport } from './library/report.node.ts';
export { serve } from './library/serve.node.ts';
export {
  type GatherOutput,
  gatherStudy,
  type PlanOutput,
  planStudy,
  type StudyOutput,
  type SubmitOutput,
  study,
  studyStatus,
  studyTask,
  submitStudy,
  type TaskOutput,
} from './library/study.node.ts';
export { type Subgroups, subgroups } from './library/subgroups.node.ts';
export { type Suspects, suspects } from './library/suspects.node.ts';
export { type Output, pretrain, train } from './library/training.node.ts';
export type { AuditResult } from './records/audit-result.ts';
export type { ModelCard } from './records/model-card.ts';
export type { Claim, StudyFindings } from './records/study-findings.ts';
export type { ArmResult, PretrainSummary, StudySummary, TrainSummary } from './records/summaries.ts';
export type { Preview, PreviewPlace } from './report/preview.node.ts';
export { type Evaluation, evaluate } from './runs/evaluate.node.ts';
export type { Expectation } from './runs/expect.node.ts';
export type { ExpectedCheck, ExpectedSummary } from './runs/expected-summary.ts';
export { type ExportedModel, type ExportPlace, exportRun } from './runs/export.node.ts';
export {
  type Features,
  type FeaturesPlace,
  features,
  type ImageFeatures,
} from './runs/features.node.ts';
export { type NetworkFiles, networkFiles } from './runs/network-files.node.ts';
export type { ChosenNext, NextImage } from './runs/next.node.ts';
export type { Applied } from './runs/open-runs.node.ts';
export { type Predictions, type PredictPlace, predict } from './runs/predict.node.ts';
export type { Prediction } from './runs/prediction.ts';
export type {
  CardOptions,
  EvaluateOptions,
  ExpectOptions,
  ExportOptions,
  ExportPageOptions,
  NetworkFilesOptions,
  NextOptions,
  PredictOptions,
  SubgroupsOptions,
  SuspectsOptions,
} from './runs/settings.ts';
export type { SubgroupScores } from './runs/subgroups.node.ts';
export type { PlantedFinding, Suspect } from './runs/suspects.node.ts';
export type { Trial } from './runs/trial.node.ts';
export { type ExportedPage, type ExportPagePlace, exportPage } from './serve/export-page.node.ts';
export type { Serving } from './serve/server.node.ts';
export type { ServeOptions } from './serve/settings.ts';
export type { FeaturesOptions } from './settings/features.ts';
export type { SyntheticOptions } from './settings/synthetic.ts';
export type { CheckOptions, ConvertOptions, EncodersOptions, ReportOptions } from './settings/tools.ts';
export type { PretrainOptions, PreviewOptions, TrainOptions } from './settings/training.ts';
export type { Comparison } from './stats/compare.ts';
export {
  type CompareOptions,
  compareResults,
  type SplitComparison,
} from './study/analysis/compare-results.node.ts';
export type { StudyOptions } from './study/config.ts';
export type { StudyPlan } from './study/run/estimate.node.ts';
export type { TaskSummary } from './study/run/task.node.ts';
export { drawSyntheticSample, type SampleOptions, type SyntheticSample } from './synthetic/sample.ts';
export type { SyntheticSummary } from './synthetic/write.node.ts';
