import { compose, operatorSentence } from './compose.ts';
import { readConfig } from './config.ts';

/** Reads the configuration, composes the house, listens, and stops calmly on a signal. */
async function main(): Promise<void> {
  const config = readConfig();
  const house = await compose(config);
  let stopping = false;
  const stop = () => {
    // Whoever asks twice does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    const limit = setTimeout(() => end(`${config.STOP_SECONDS} 秒内没有停稳`), config.STOP_SECONDS * 1000);
    house.stop().then(
      () => {
        clearTimeout(limit);
        process.exit(0);
      },
      (error: unknown) => end(error instanceof Error ? error.message : String(error)),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  house.announce(await house.listen());
}

/** What was confirmed to somebody is in the database already: ending in the middle loses nothing, the next start goes on from there. */
function end(why: string): void {
  console.error(`速应直接退出（${why}，多半是数据库或流程引擎没有应答）。已经办成的不受影响，下次启动接着办。`);
  process.exit(1);
}

main().catch((error: unknown) => {
  // What an operator can mend is a sentence, not a stack.
  const sentence = operatorSentence(error);
  console.error(sentence ?? error);
  process.exit(sentence ? 2 : 1);
});
