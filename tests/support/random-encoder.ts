export { randomEncoder } from '../../src/bench/random-encoder.ts';
