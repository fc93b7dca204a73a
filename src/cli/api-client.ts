export * from '../tryout/api-client.ts';
