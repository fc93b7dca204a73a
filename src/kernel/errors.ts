/**
 * Errors are designed: a `DomainError` is an answer to a person or a program and carries a code;
 * anything else that is thrown is a bug. Web maps the code to a page or to problem+json,
 * workers map it to a BPMN error or an incident.
 */
export type ErrorCode =
  | 'NotFound'
  | 'Invalid'
  | 'Forbidden'
  | 'Unauthenticated'
  | 'Conflict'
  | 'IllegalTransition'
  | 'TooManyRequests'
  | 'TooLarge'
  | 'Unavailable';

/** One wrong input. `pointer` is a JSON pointer into what was sent (`/contactPhone`); `message` says in Chinese what is wrong and how to put it right. */
export interface FieldProblem {
  pointer: string;
  message: string;
}

export class DomainError extends Error {
  readonly code: ErrorCode;
  /** Machine-readable refinement of the code, in kebab-case (`extension-cap-exceeded`). */
  readonly reason: string | undefined;
  readonly problems: readonly FieldProblem[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      reason?: string;
      problems?: readonly FieldProblem[];
      details?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.reason = options.reason;
    this.problems = options.problems ?? [];
    this.details = options.details ?? {};
  }
}

type Options = ConstructorParameters<typeof DomainError>[2];

export const notFound = (message: string, options?: Options) => new DomainError('NotFound', message, options);
export const forbidden = (message: string, options?: Options) => new DomainError('Forbidden', message, options);
export const conflict = (message: string, options?: Options) => new DomainError('Conflict', message, options);
export const illegalTransition = (message: string, options?: Options) =>
  new DomainError('IllegalTransition', message, options);

/** `problems` name every wrong field at once; the message is the summary over them. */
export const invalid = (message: string, problems: readonly FieldProblem[] = [], options: Options = {}) =>
  new DomainError('Invalid', message, { ...options, problems });

export const isDomainError = (error: unknown): error is DomainError => error instanceof DomainError;
