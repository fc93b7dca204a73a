import type { Variables } from '../../port.ts';

/**
 * The state of one root process instance with everything it called, as it is stored: compact, plain JSON.
 * Keys are numbers: `tree * 2^20 + local`, so that the tree of any key is known without a look-up.
 */
export interface TreeState {
  /** Number of the tree. */
  id: number;
  /** Last local key given out. */
  seq: number;
  /** Element instances by key. */
  els: Record<string, El>;
}

export const KEYS_PER_TREE = 2 ** 20;
export const treeOf = (key: number): number => Math.floor(key / KEYS_PER_TREE);

/** Lifecycle of an element instance. */
export const ACTIVATING = 0;
export const ACTIVATED = 1;
export const COMPLETING = 2;
export const TERMINATING = 3;

/** One living element instance. Short names: the state is written at every step. */
export interface El {
  /** Key. */
  k: number;
  /** Flow scope; 0 for a process. */
  p: number;
  /** Process instance. */
  pi: number;
  /** Definition key and element index. */
  d: number;
  e: number;
  /** Body of a multi-instance activity. */
  mi?: 1;
  /** State. */
  s: 0 | 1 | 2 | 3;
  /** Living children, and tokens on flows that have not arrived. */
  n: number;
  f: number;
  /** Local variables. */
  v?: Variables;
  job?: Job;
  /** Timers, message and signal subscriptions owned by this instance. */
  t?: TimerSub[];
  m?: MessageSub[];
  g?: SignalSub[];
  inc?: Incident[];
  /** Tokens at joins of this scope, by flow index. */
  tf?: Record<string, number>;
  /** What triggered: variables of an event, or the event that waits for the termination. */
  trig?: Trigger;
  /** Interrupted: 1 by an event subprocess, 2 by a terminate end event. */
  int?: 1 | 2;
  /** Multi-instance: number of the child; of a body: children started and ended. */
  lc?: number;
  started?: number;
  ended?: number;
  /** Multi-instance body: the completion condition held. */
  met?: 1;
  /** Call activity: key of the called instance. Process: key of the calling element instance. */
  call?: number;
  by?: number;
  /** Process: correlation key of the message it was started by. */
  lock?: string;
  comp?: CompensationSub[];
  /** Compensation: key of the throwing instance, and of the subscription a handler serves. */
  thrower?: number;
  sub?: number;
  /** Throw event: handlers still to be finished. */
  waits?: number;
}

export interface Job {
  k: number;
  type: string;
  r: number;
  h: Record<string, string>;
  /** undefined = activatable; 'F' no retries, 'B' backoff, 'E' error thrown. */
  st?: 'F' | 'B' | 'E';
  /** End of the backoff, epoch ms. */
  at?: number;
  msg?: string;
}

export interface TimerSub {
  k: number;
  /** Element to trigger. */
  e: number;
  due: number;
  reps: number;
  /** Interval of a cycle as text, or the cron expression. */
  every?: string;
}
export interface MessageSub {
  /** Not yet confirmed: opened in this very step. */
  fresh?: 1;
  k: number;
  e: number;
  name: string;
  key: string;
  int: boolean;
}
export interface SignalSub {
  k: number;
  e: number;
  name: string;
}
export interface Incident {
  k: number;
  type: string;
  job?: number;
  /** Scope whose variables were read, when it is not the element's own. */
  vs?: number;
}
export interface Trigger {
  /** Element that catches. */
  e: number;
  v?: Variables;
  /** Variables of an error stay local to the catching event. */
  err?: 1;
}
export interface CompensationSub {
  k: number;
  /** Compensated activity, its scope instance, and the instance that was completed. */
  a: number;
  scope: number;
  of: number;
  thrower?: number;
  /** Element instance of the handler. */
  h?: number;
  /** Local variables of a completed subprocess. */
  v?: Variables;
}
