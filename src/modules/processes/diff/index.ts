/** Differences of designs, told in sentences. */
export { CHANGE_KINDS, type ChangeKind, type DesignChange } from './design-change.ts';
export { diffForm } from './diff-form.ts';
export { diffProcess } from './diff-process.ts';
