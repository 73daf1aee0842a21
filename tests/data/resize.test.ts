import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Image, resizeBilinear, resizePlane, resizeStripes } from '../../src/data/decode/resize.ts';

// np.asarray(Image.fromarray(a).resize((width, height), Image.BILINEAR)) of Pillow 9.4; sizes are [height, width].
const golden = [
  {
    from: [4, 5, 1],
    to: [3, 3],
    hex: '8b4ae5f1a94106a0956a26afbccdafe562f90a94',
    resized: '5aafb1459c9c96aa77',
  },
  {
    from: [3, 4, 1],
    to: [5, 7],
    hex: '5f5693c642276ad5ab2da739',
    resized: '5f5c577597b4c6534e456388b2cc4238294972afd58162315d8d8077ab7e366a9f6039',
  },
  {
    from: [5, 7, 3],
    to: [2, 4],
    hex: '4551370e99b2d74c3427fa48d732a1df70aca1e926115901dd06f27f8f063cd25e19a621f9bd0ccc21397c1ec795ca7748dc03d17a88934d85527357a2e64647f03e2fb81f223f4192c58efd5185f0711ef7677a1f132a818d882195a100b28d6b236b82481bd9fe63',
    resized: '5e5e737c944c828c60bc8e45528a584c96629a6a6ec28c4c',
  },
  {
    from: [2, 3, 3],
    to: [2, 5],
    hex: '3be4ebcab72f45b35223479f6e794d57037e',
    resized: '3be4eb74d2a0cab72f7ab54445b35223479f415b7e6e794d60326a57037e',
  },
  {
    from: [2, 9, 1],
    to: [5, 2],
    hex: 'ffff0000ff00000000ff00ffffff000000ff',
    resized: '7e208326993faf57b45d',
  },
  { from: [1, 1, 1], to: [2, 3], hex: '3f', resized: '3f3f3f3f3f3f' },
  { from: [1, 16, 1], to: [1, 3], hex: '1bdc5d1d8fc83f0b0bb4db71be572209', resized: '6d666c' },
];

const side = fc.integer({ min: 1, max: 40 });

function imageOf(height: number, width: number, channels: number, data: Iterable<number>): Image {
  return { height, width, channels, data: Uint8Array.from(data) };
}

describe('resizeBilinear', () => {
  test.each(golden)('$from to $to as Pillow', ({ from: [h, w, c], to: [height, width], hex, resized }) => {
    const result = resizeBilinear(imageOf(h, w, c, Buffer.from(hex, 'hex')), { height, width });
    expect(Buffer.from(result.data).toString('hex')).toBe(resized);
    expect(result).toMatchObject({ height, width, channels: c });
  });

  test('leaves an image of the right size alone', () => {
    const image = imageOf(2, 3, 1, [1, 2, 3, 4, 5, 6]);
    expect(resizeBilinear(image, { height: 2, width: 3 })).toBe(image);
  });

  test('keeps a constant image constant', () => {
    const channels = fc.constantFrom(1, 3, 4);
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        channels,
        fc.integer({ min: 0, max: 255 }),
        (h, w, H, W, c, value) => {
          const image = imageOf(h, w, c, new Uint8Array(h * w * c).fill(value));
          const { data } = resizeBilinear(image, { height: H, width: W });
          expect(data.length).toBe(H * W * c);
          expect(data.every((x) => x === value)).toBe(true);
        },
      ),
    );
  });

  test('treats channels alike, however many there are', () => {
    const bytes = fc.uint8Array({ minLength: 6 * 5, maxLength: 6 * 5 });
    fc.assert(
      fc.property(bytes, side, side, (grey, height, width) => {
        const plain = resizeBilinear(imageOf(6, 5, 1, grey), { height, width });
        const coloured = resizeBilinear(
          imageOf(
            6,
            5,
            3,
            [...grey].flatMap((v) => [v, v, v]),
          ),
          { height, width },
        );
        expect([...coloured.data]).toEqual([...plain.data].flatMap((v) => [v, v, v]));
      }),
    );
  });
});

test('resizeStripes gives bit for bit what resizing the whole does', async () => {
  const whole = imageOf(
    40,
    7,
    3,
    Uint8Array.from({ length: 40 * 7 * 3 }, (_, i) => (i * i * 31) % 251),
  );
  for (const rows of [40, 16, 1]) {
    async function* stripes() {
      for (let y = 0; y < 40; y += rows) {
        yield imageOf(Math.min(rows, 40 - y), 7, 3, whole.data.subarray(y * 21, (y + rows) * 21));
      }
    }
    for (const size of [
      { height: 9, width: 5 },
      { height: 40, width: 7 },
      { height: 50, width: 2 },
    ]) {
      expect(await resizeStripes(stripes(), whole, size)).toEqual(resizeBilinear(whole, size));
    }
  }
});

describe('resizePlane', () => {
  test('as Pillow resizes mode F', () => {
    const plane = Float32Array.of(
      ...[
        0.5148888230323792, 0.46620601415634155, 0.9171677827835083, 0.6292262673377991, 0.5141176581382751,
      ],
      ...[
        0.4968734383583069, 0.24751491844654083, 0.01179402507841587, 0.19240213930606842, 0.6920320987701416,
      ],
      ...[
        0.20060671865940094, 0.36953631043434143, 0.0037342419382184744, 0.8300477266311646,
        0.1544610857963562,
      ],
    );
    const resized = Float32Array.of(
      ...[0.49402475357055664, 0.7529670596122742, 0.5634499192237854],
      ...[0.4290127158164978, 0.34755739569664, 0.5099843144416809],
      ...[0.34613037109375, 0.16593804955482483, 0.46518993377685547],
      ...[0.2730051279067993, 0.26864880323410034, 0.44399821758270264],
    );
    expect(resizePlane(plane, { height: 3, width: 5 }, { height: 4, width: 3 })).toEqual(resized);
  });

  test('stays within half a grey value a pass of the 8-bit resize', () => {
    const bytes = fc.uint8Array({ minLength: 35, maxLength: 35 });
    fc.assert(
      fc.property(bytes, side, side, (data, height, width) => {
        const rounded = resizeBilinear(imageOf(5, 7, 1, data), { height, width }).data;
        const plane = resizePlane(Float32Array.from(data), { height: 5, width: 7 }, { height, width });
        const differences = plane.map((value, i) => Math.abs(value - rounded[i]));
        expect(Math.max(...differences)).toBeLessThan(1.01);
      }),
    );
  });
});
