export { EngineRouter, engineOfKey } from './engine-router.ts';
export type { EngineName } from './version-book.ts';
