export * from '../tryout/stage.ts';
