import { compose } from './compose.ts';
import { ConfigError, readConfig } from './config.ts';

/** Reads the configuration, composes the house, listens, and stops calmly on a signal. */
async function main(): Promise<void> {
  const house = await compose(readConfig());
  const address = await house.listen();
  house.announce(address);
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await house.stop();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  // What an operator can mend is a sentence, not a stack.
  const name = (error as Error).name;
  const known =
    error instanceof ConfigError ||
    ['DatabaseOpenError', 'FolderInUseError', 'ListenError', 'EndpointError'].includes(name);
  console.error(known ? (error as Error).message : error);
  process.exit(known ? 2 : 1);
});
