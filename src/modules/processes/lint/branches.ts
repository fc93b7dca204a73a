import type { Diagram } from '../diagram.ts';
import type { DesignFinding } from './finding.ts';

type Found = Omit<DesignFinding, 'name'>;

/** How often a flow was taken lately and what its condition was; of the version in force. */
export interface WalkedFlow {
  taken: number;
  condition: string | undefined;
}

/** Fewer passes say nothing about what never happens. */
const ENOUGH_PASSES = 50;

/** Gateways that may find no way on: every way has a condition and none is the default. */
export function* withoutDefault(diagram: Diagram): Generator<Found> {
  for (const gateway of diagram.elements.filter((element) =>
    ['exclusiveGateway', 'inclusiveGateway'].includes(element.type),
  )) {
    const flows = diagram.flows.filter((flow) => flow.source === gateway.id);
    if (flows.length < 2 || flows.some((flow) => flow.isDefault || !flow.condition)) continue;
    yield {
      severity: 'error',
      group: 'syntax',
      place: gateway.id,
      what: '没有默认的路',
      why: '条件都不成立时件会停在这里，成为异常',
      mend: '指定一条出线为默认',
    };
  }
}

/** Ways whose condition none of the last demands met, though many came by: a condition is perhaps misspelt, or the way not needed. */
export function* neverMet(diagram: Diagram, walked: ReadonlyMap<string, WalkedFlow>): Generator<Found> {
  for (const flow of diagram.flows.filter((item) => item.condition && !item.isDefault)) {
    const known = walked.get(flow.id);
    if (known?.taken !== 0 || known.condition !== flow.condition) continue;
    const passes = diagram.flows
      .filter((item) => item.source === flow.source)
      .reduce((sum, item) => sum + (walked.get(item.id)?.taken ?? 0), 0);
    if (passes < ENOUGH_PASSES) continue;
    yield {
      severity: 'warning',
      group: 'references',
      place: flow.id,
      what: `最近 ${passes} 次走到这里，这个条件没有一次成立`,
      why: '可能写错了变量或取值，也可能这条路用不着',
      mend: '核对条件；确实少见的可以不改',
    };
  }
}
