/** One message on its way out. */
export interface Outgoing {
  /** The same at every attempt, so that a gateway can drop a repetition. */
  id: string;
  to: string;
  subject: string;
  text: string;
}

/**
 * What became of an attempt. `LOGGED` is not sent: it was only written to the log, and people are told so.
 * `REFUSED` will not get better by trying again; `FAILED` may.
 */
export type Delivery =
  | { result: 'SENT'; reference: string | null }
  | { result: 'LOGGED' }
  | { result: 'FAILED'; reason: string }
  | { result: 'REFUSED'; reason: string };

/** A way out of the house. */
export interface ChannelAdapter {
  /** How it is named to administrators: `none` cannot send at all. */
  readonly kind: 'none' | 'console' | 'smtp' | 'http';
  send(message: Outgoing): Promise<Delivery>;
}
