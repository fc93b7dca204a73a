export type { Json } from '../port.ts';
export { OutboxDrain, type OutboxState } from './drain.ts';
export { commandsWritten, enqueue, enqueueAll, type OutgoingCommand } from './enqueue.ts';
export { dropRefused, listRefused, type RefusedCommand, resendRefused, takeRefusal } from './refused.ts';
