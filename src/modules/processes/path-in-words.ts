import { type Diagram, type DiagramElement, isGateway } from './diagram.ts';

/** What happened to an element of one instance. */
export interface Visit {
  elementId: string;
  state: 'ACTIVE' | 'COMPLETED' | 'TERMINATED';
  enteredAt: number;
  leftAt: number | null;
}

export interface PathStep {
  elementId: string;
  title: string;
  kind: string;
  /** done, here, withdrawn or ahead. */
  state: 'done' | 'here' | 'withdrawn' | 'ahead';
  times: number;
  enteredAt: number | null;
  leftAt: number | null;
}

/**
 * The path of one instance in words, equal to the picture: what was done, where it stands, and what lies ahead on the ordinary way.
 * Gateways and silent joins are left out; a person reads tasks and events.
 */
export function pathInWords(diagram: Diagram, processId: string, visits: readonly Visit[]): PathStep[] {
  const byId = new Map(diagram.elements.map((element) => [element.id, element]));
  const steps = new Map<string, PathStep>();
  for (const visit of [...visits].sort((a, b) => a.enteredAt - b.enteredAt)) {
    const element = byId.get(visit.elementId);
    if (!element || !isSaid(element)) continue;
    const known = steps.get(visit.elementId);
    const state = visit.state === 'ACTIVE' ? 'here' : visit.state === 'COMPLETED' ? 'done' : 'withdrawn';
    if (known) {
      known.times += 1;
      known.state = known.state === 'here' ? 'here' : state;
      known.leftAt = visit.leftAt;
      continue;
    }
    steps.set(visit.elementId, {
      elementId: element.id,
      title: element.name,
      kind: kindOf(element),
      state,
      times: 1,
      enteredAt: visit.enteredAt,
      leftAt: visit.leftAt,
    });
  }
  return [...steps.values(), ...ahead(diagram, processId, visits, byId)];
}

const isSaid = (element: DiagramElement) => !isGateway(element) && (element.named || element.type.endsWith('ask'));

/** The ordinary way from where the tokens are: default flows at gateways, no repetition. */
function ahead(
  diagram: Diagram,
  processId: string,
  visits: readonly Visit[],
  byId: Map<string, DiagramElement>,
): PathStep[] {
  const seen = new Set(visits.map((visit) => visit.elementId));
  const queue = visits.filter((visit) => visit.state === 'ACTIVE').map((visit) => visit.elementId);
  const found: PathStep[] = [];
  for (const id of queue) {
    for (const next of nextOf(diagram, byId.get(id))) {
      if (seen.has(next.id) || next.processId !== processId) continue;
      seen.add(next.id);
      queue.push(next.id);
      if (isSaid(next)) {
        found.push({
          elementId: next.id,
          title: next.name,
          kind: kindOf(next),
          state: 'ahead',
          times: 0,
          enteredAt: null,
          leftAt: null,
        });
      }
    }
  }
  return found;
}

function nextOf(diagram: Diagram, element: DiagramElement | undefined): DiagramElement[] {
  if (!element) return [];
  const flows = diagram.flows.filter((flow) => flow.source === element.id);
  const chosen = isGateway(element) && element.defaultFlow ? flows.filter((flow) => flow.isDefault) : flows;
  return chosen.flatMap((flow) => diagram.elements.find((other) => other.id === flow.target) ?? []);
}

const KINDS: Record<string, string> = {
  userTask: '人工任务',
  serviceTask: '系统处理',
  businessRuleTask: '规则判断',
  scriptTask: '系统处理',
  sendTask: '发送',
  receiveTask: '等待',
  callActivity: '子流程',
  subProcess: '子流程',
  startEvent: '开始',
  endEvent: '结束',
  boundaryEvent: '边界事件',
  intermediateCatchEvent: '等待',
  intermediateThrowEvent: '事件',
};
const kindOf = (element: DiagramElement): string => KINDS[element.type] ?? '步骤';
