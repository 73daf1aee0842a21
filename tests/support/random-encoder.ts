export { randomEncoder } from '../../src/encoders/random.ts';
