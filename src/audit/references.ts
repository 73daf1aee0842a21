import type { DecoderName } from '../nn/model.ts';
import type { Figures } from './figures.ts';
import type { AuditResult } from './result.ts';
import type { Label } from './verdict.ts';

/** A network whose making is known, and what its audit found. */
export interface ReferenceNetwork {
  readonly name: string;
  readonly kind: AuditResult['kind'];
  readonly decoder: DecoderName;
  readonly label: Label;
  readonly figures: Figures;
}

/** What they were trained and audited on. */
export const REFERENCE_SETTING = 'Kvasir-SEG at 128 px, ImageNet encoder, 120 test images; see docs/audit.md';

/** Written by `bench/references.mjs`. */
export const REFERENCES: readonly ReferenceNetwork[] = [];
