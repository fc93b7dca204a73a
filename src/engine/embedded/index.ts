/** The embedded engine: a BPMN token engine on our own SQL database, speaking the Zeebe 8.5 dialect. */
export { EmbeddedEngine } from './engine.ts';
