import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { EngineRecord } from '../port.ts';

const ZSTD = 0x28b52ffd;
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The records of a batch as they are stored: JSON, compressed with zstd. Records repeat themselves, a tenth is left of them. */
export const packRecords = (records: readonly EngineRecord[]): Buffer =>
  zstdCompressSync(JSON.stringify(records), FAST);

/** Reads what `packRecords` has written, and the plain JSON of rows older than it. */
export function unpackRecords(stored: Uint8Array): EngineRecord[] {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const packed = bytes.length >= 4 && bytes.readUInt32BE(0) === ZSTD;
  return JSON.parse((packed ? zstdDecompressSync(bytes) : bytes).toString('utf8')) as EngineRecord[];
}
