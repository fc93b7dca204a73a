/** What the public may see: progress by code, rating by link. Neither names nor content ever leave by this door. */
export { bucketOf, forgetTries, noteTry, type TryLimit, tooManyTries } from './limit-tries.ts';
export { type Progress, trackProgress } from './track-progress.ts';
