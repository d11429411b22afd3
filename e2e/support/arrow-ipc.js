// Reads just enough of an Arrow IPC stream to say what is in it: column names, and the rows of each batch.
//
// A message is the marker 0xFFFFFFFF, the length of its metadata, a flatbuffer, and a body. The slots of flatbuffer
// tables are numbered as in Arrow's Message.fbs and Schema.fbs.
const SCHEMA = 1;
const RECORD_BATCH = 3;

/** `{ columns: [names], batches: [rows] }` of a stream. */
export function describeStream(stream) {
  const bytes = Buffer.from(stream);
  const described = { columns: undefined, batches: [] };
  let position = 0;
  while (position + 8 <= bytes.length) {
    if (bytes.readUInt32LE(position) !== 0xffffffff) throw new Error(`no Arrow message at byte ${position}`);
    const metadataBytes = bytes.readInt32LE(position + 4);
    if (metadataBytes === 0) break;
    const message = rootTable(bytes, position + 8);
    const kind = bytes.readUInt8(message.field(1));
    const header = message.table(2);
    if (kind === SCHEMA) described.columns = header.tables(1).map((field) => field.text(0));
    if (kind === RECORD_BATCH) described.batches.push(Number(bytes.readBigInt64LE(header.field(0))));
    const body = message.field(3);
    position += 8 + metadataBytes + (body ? Number(bytes.readBigInt64LE(body)) : 0);
  }
  return described;
}

function rootTable(bytes, position) {
  return table(bytes, position + bytes.readUInt32LE(position));
}

function table(bytes, start) {
  const vtable = start - bytes.readInt32LE(start);
  const slots = (bytes.readUInt16LE(vtable) - 4) / 2;
  const field = (slot) => {
    const offset = slot < slots ? bytes.readUInt16LE(vtable + 4 + 2 * slot) : 0;
    return offset === 0 ? undefined : start + offset;
  };
  const follow = (position) => position + bytes.readUInt32LE(position);
  return {
    field,
    table: (slot) => table(bytes, follow(field(slot))),
    tables: (slot) => {
      const vector = follow(field(slot));
      return Array.from({ length: bytes.readUInt32LE(vector) }, (_, index) =>
        table(bytes, follow(vector + 4 + 4 * index)),
      );
    },
    text: (slot) => {
      const start = follow(field(slot));
      return bytes.toString("utf8", start + 4, start + 4 + bytes.readUInt32LE(start));
    },
  };
}
