import { pixelsOf } from '../lab/lab-image.ts';

/**
 * An image file as a network is fed it: alpha is dropped, the colours below it are kept.
 *
 * @throws DOMException for a file that the browser cannot decode; Error where it keeps no colours below alpha
 */
export async function readPicture(file: Blob): Promise<ImageBitmap> {
  const picture = await createImageBitmap(file, { premultiplyAlpha: 'none' });
  const { data } = pixelsOf(picture);
  if (data.every((value, i) => i % 4 !== 3 || value === 255)) return picture;
  const pixels = storedPixels(picture);
  for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = 255;
  picture.close();
  return createImageBitmap(pixels);
}

/** RGBA. A canvas in 2D multiplies alpha into the colours; a texture does not. */
function storedPixels(picture: ImageBitmap): ImageData {
  const { width, height } = picture;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl');
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE))
    throw new Error(
      `got ${width} x ${height} pixels with alpha, which this browser cannot drop; save it without`,
    );
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const data = new Uint8Array(4 * width * height);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
  // Browsers keep few contexts.
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return new ImageData(new Uint8ClampedArray(data.buffer), width, height);
}
