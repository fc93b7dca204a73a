import { compose, operatorSentence } from './compose.ts';
import { readConfig } from './config.ts';

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
  const sentence = operatorSentence(error);
  console.error(sentence ?? error);
  process.exit(sentence ? 2 : 1);
});
