import { CommandRejected, type RejectionCode } from '../port.ts';

/** gRPC status numbers (grpc-js exports them as an enum; these are the protocol's own). */
export const STATUS = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  INTERNAL: 13,
  UNAVAILABLE: 14,
} as const;

const REJECTIONS: Record<number, RejectionCode> = {
  [STATUS.INVALID_ARGUMENT]: 'INVALID_ARGUMENT',
  [STATUS.NOT_FOUND]: 'NOT_FOUND',
  [STATUS.ALREADY_EXISTS]: 'ALREADY_EXISTS',
  [STATUS.FAILED_PRECONDITION]: 'FAILED_PRECONDITION',
};

/**
 * What is known after a call that brought no result:
 * `rejected` the broker understood and refused; `not-sent` it certainly has not got the command;
 * `unclear` it may have carried it out: nobody knows before the record stream tells.
 */
export type Fault =
  | { kind: 'rejected'; rejection: CommandRejected }
  | { kind: 'not-sent'; message: string }
  | { kind: 'unclear'; message: string };

/** No answer within our own deadline: the client itself has none. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

export function faultOf(error: unknown): Fault {
  if (error instanceof CommandRejected) return { kind: 'rejected', rejection: error };
  const { code, details, message } = error as { code?: number; details?: string; message?: string };
  const text = details ?? message ?? String(error);
  const rejected = typeof code === 'number' ? REJECTIONS[code] : undefined;
  if (rejected) return { kind: 'rejected', rejection: new CommandRejected(rejected, text) };
  // Backpressure: the broker has not taken the command into its log.
  if (code === STATUS.RESOURCE_EXHAUSTED) return { kind: 'not-sent', message: text };
  // The name of a lost connection differs from that of one that never was.
  if (code === STATUS.UNAVAILABLE && /No connection established|Name resolution failed|ECONNREFUSED/.test(text))
    return { kind: 'not-sent', message: text };
  return { kind: 'unclear', message: text };
}

export const unavailable = (message: string): CommandRejected => new CommandRejected('UNAVAILABLE', message);
