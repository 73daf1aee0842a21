// Reads the metadata of an ONNX file: plain strings that say what a program must know. Needs no package.
//
// An ONNX file is a protobuf message; its metadata are the fields with number 14, each with a key (1) and a value (2).

/** The metadata of an ONNX model, from the bytes of its file (a Uint8Array). */
export function readMetadata(bytes) {
  const text = (part) => new TextDecoder().decode(part);
  const entries = fieldsOf(bytes)
    .filter(({ number }) => number === 14)
    .map(({ content }) => Object.fromEntries(fieldsOf(content).map((field) => [field.number, field.content])))
    .map((entry) => [text(entry[1]), text(entry[2])]);
  return Object.fromEntries(entries);
}

/** The fields of a protobuf message that have a length: numbers and contents. Others are passed over. */
function fieldsOf(bytes) {
  const fields = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, kind] = [Math.floor(tag / 8), tag % 8];
    if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else {
      const length = varint();
      fields.push({ number, content: bytes.subarray(at, at + length) });
      at += length;
    }
  }
  return fields;
}
