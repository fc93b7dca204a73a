export * from '../tryout/drive-demands.ts';
