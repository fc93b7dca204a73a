/** What says, on the way to the database or in its own answer, that it is not there now, is stopping or starting. */
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // 53300 too many connections, 57P01-57P03 and 57P05: stopped by its operator, crashed, starting up, session ended.
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
]);
const WORDS =
  /connection terminated|terminating connection|not queryable|timeout exceeded when trying to connect|server closed the connection/i;

/** Whether a statement failed because the database is away: waiting is the cure, nobody has made a mistake. */
export function isDatabaseAway(error: unknown): boolean {
  // Drivers wrap the error of the connection, some more than once.
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && (AWAY.has(code) || code.startsWith('08'))) return true;
    if (WORDS.test(at.message)) return true;
  }
  return false;
}
