import type { OperatorCase } from '../support/cases.ts';
import { chainCases } from './cases/chains.ts';
import { convCases } from './cases/conv.ts';
import { elementwiseCases } from './cases/elementwise.ts';
import { imageCases } from './cases/image.ts';
import { tensorCases } from './cases/tensor.ts';

/** One line (or few) a case; every operator and every form of it occurs. */
export const table: readonly OperatorCase[] = [
  ...elementwiseCases,
  ...tensorCases,
  ...convCases,
  ...imageCases,
  ...chainCases,
];
