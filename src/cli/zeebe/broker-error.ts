export type BrokerProblem =
  | 'no-jdk'
  | 'no-maven'
  | 'no-download'
  | 'bad-distribution'
  | 'port-taken'
  | 'disk-full'
  | 'not-ready'
  | 'died';

/** A sentence for the operator: why no broker runs here and what to do. */
export class BrokerError extends Error {
  override name = 'BrokerError';
  readonly problem: BrokerProblem;
  constructor(problem: BrokerProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}
