import { expect, test } from 'vitest';
import { crc32c, recordOf } from '../../src/logs/records.ts';

// RFC 3720, appendix B.4.
test.each([
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['rising', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['falling', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['digits', new TextEncoder().encode('123456789'), 0xe3069283],
])('the checksum of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test('a record as TensorFlow writes it', () => {
  // The first record of every event file but for its time, which is 0 here: tf.io.TFRecordWriter of the same bytes.
  const record = recordOf(Uint8Array.of(0x1a, 3, 0x61, 0x62, 0x63));
  expect(record.length).toBe(8 + 4 + 5 + 4);
  expect([...record.subarray(0, 8)]).toEqual([5, 0, 0, 0, 0, 0, 0, 0]);
  expect([...record.subarray(12, 17)]).toEqual([0x1a, 3, 0x61, 0x62, 0x63]);
});
