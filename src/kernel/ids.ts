import { randomBytes } from 'node:crypto';

/** Makes identifiers; handed in so that tests can predict them. */
export interface Ids {
  /** A UUID version 7: unique, and sorted by the time it was made. */
  uuid(): string;
  /** An unguessable URL-safe token of `bytes` random bytes. */
  token(bytes?: number): string;
}

/** Ids made now; `draw` gives the 16 bytes that make one unlike any other. */
export function randomIds(now: () => number = Date.now, draw: () => Buffer = () => randomBytes(16)): Ids {
  return {
    uuid() {
      const bytes = draw();
      bytes.writeUIntBE(now(), 0, 6);
      bytes[6] = (bytes[6]! & 0x0f) | 0x70;
      bytes[8] = (bytes[8]! & 0x3f) | 0x80;
      const hex = bytes.toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
    token: (bytes = 32) => randomBytes(bytes).toString('base64url'),
  };
}
