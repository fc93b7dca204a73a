import { type Logger as PinoLogger, pino } from 'pino';

export interface Logger extends Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'> {
  /** A logger whose every line carries `bindings` (request id, job type, ...). */
  child(bindings: Record<string, unknown>): Logger;
}

/** Structured logs on standard output. Names, phones and texts of people never go into a log line: log ids. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    redact: { paths: ['password', '*.password', 'req.headers.cookie', 'req.headers.authorization'], censor: '[隐去]' },
  });
}

const nothing = () => {};
/** For tests that do not look at logs. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
