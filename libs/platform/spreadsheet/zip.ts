import { crc32, inflateRawSync } from 'node:zlib';
import { UnreadableWorkbook } from './unreadable-workbook.js';

/** One file in an archive: where it lies, and what it declares to be. Nothing of it is unpacked yet. */
export interface ZipPart {
  readonly start: number;
  readonly packed: number;
  readonly size: number;
  readonly crc: number;
  readonly deflated: boolean;
  readonly encrypted: boolean;
}

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
/** Says that the number proper is in a 64-bit field. */
const ELSEWHERE = 0xffffffff;

/**
 * The parts of a zip archive by their names in lower case, as its directory declares them. Throws BROKEN for one that is
 * cut off, overlaps its end or names a part twice. Reads the directory and nothing else.
 */
export function zipPartsOf(content: Uint8Array): ReadonlyMap<string, ZipPart> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  try {
    return readDirectory(bytes);
  } catch (error) {
    // What reads past the end of the bytes is told so by them.
    throw error instanceof UnreadableWorkbook ? error : broken('an archive that points past its end');
  }
}

/** A small part, unpacked at once. Throws BROKEN where it is not what it declares. */
export function unpack(content: Uint8Array, part: ZipPart): Buffer {
  const packed = content.subarray(part.start, part.start + part.packed);
  let unpacked: Buffer;
  try {
    unpacked = part.deflated
      ? inflateRawSync(packed, { maxOutputLength: Math.max(part.size, 1) })
      : Buffer.from(packed);
  } catch {
    throw broken('a part that does not unpack to what it declares');
  }
  if (unpacked.length !== part.size || crc32(unpacked) !== part.crc) throw broken('a part with a wrong checksum');
  return unpacked;
}

function readDirectory(bytes: Buffer): Map<string, ZipPart> {
  const { count, offset } = endOf(bytes);
  const parts = new Map<string, ZipPart>();
  for (let index = 0, at = offset; index < count; index++) {
    if (bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) throw broken('a damaged directory');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const extraAt = at + 46 + (nameLength ?? 0);
    const name = bytes.toString('utf8', at + 46, extraAt).toLowerCase();
    if (parts.has(name)) throw broken('two parts of one name');
    parts.set(name, partAt(bytes, at, extraAt, extraAt + (extraLength ?? 0)));
    at = extraAt + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return parts;
}

/** Where the directory begins and how many entries it has: said at the end of the archive, before a comment. */
function endOf(bytes: Buffer): { readonly count: number; readonly offset: number } {
  const earliest = Math.max(0, bytes.length - END_LENGTH - LONGEST_COMMENT);
  for (let at = bytes.length - END_LENGTH; at >= earliest; at--) {
    if (bytes.readUInt32LE(at) !== END) continue;
    if (at < 20 || bytes.readUInt32LE(at - 20) !== LOCATOR_64)
      return { count: bytes.readUInt16LE(at + 10), offset: bytes.readUInt32LE(at + 16) };
    const end64 = numberOf(bytes, at - 12);
    if (bytes.readUInt32LE(end64) !== END_64) throw broken('a damaged directory');
    return { count: numberOf(bytes, end64 + 32), offset: numberOf(bytes, end64 + 48) };
  }
  throw broken('an archive without its end');
}

function partAt(bytes: Buffer, at: number, extraAt: number, extraEnd: number): ZipPart {
  let packed = bytes.readUInt32LE(at + 20);
  let size = bytes.readUInt32LE(at + 24);
  let header = bytes.readUInt32LE(at + 42);
  // The 64-bit field holds those of the three that do not fit, in this order.
  let field = field64(bytes, extraAt, extraEnd);
  const long = () => {
    field += 8;
    return numberOf(bytes, field - 8);
  };
  if (size === ELSEWHERE) size = long();
  if (packed === ELSEWHERE) packed = long();
  if (header === ELSEWHERE) header = long();
  if (bytes.readUInt32LE(header) !== LOCAL_HEADER) throw broken('a damaged part');
  const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
  if (start + packed > bytes.length) throw broken('a part that is cut off');
  const method = bytes.readUInt16LE(at + 10);
  if (method !== 0 && method !== 8) throw broken('a part that is packed in an unknown way');
  return {
    start,
    packed,
    size,
    crc: bytes.readUInt32LE(at + 16),
    deflated: method === 8,
    encrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
  };
}

/** Where the content of the 64-bit field begins; past the end where there is none, which whoever needs it will notice. */
function field64(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at + 4 <= end; at += 4 + bytes.readUInt16LE(at + 2))
    if (bytes.readUInt16LE(at) === 1) return at + 4;
  return bytes.length;
}

function numberOf(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function broken(what: string): UnreadableWorkbook {
  return new UnreadableWorkbook('BROKEN', what);
}
