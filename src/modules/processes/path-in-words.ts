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
  /** The process a call activity runs; its own path belongs under this step. */
  calledProcess?: string;
}

/** A way that may still be taken: `when` says under which condition, `what` where it leads. */
export interface Branch {
  elementId: string;
  when: string;
  what: string;
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
      ...calls(element),
    });
  }
  return [...steps.values(), ...ahead(diagram, processId, visits, byId)];
}

const calls = (element: DiagramElement) => (element.calledProcess ? { calledProcess: element.calledProcess } : {});

/** What a person reads as a step. Of an event subprocess the steps inside are read, not the frame around them. */
const isSaid = (element: DiagramElement) =>
  !isGateway(element) && !element.triggeredByEvent && (element.named || element.type.endsWith('ask'));

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
          ...calls(next),
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

export const KINDS: Record<string, string> = {
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

/**
 * What else may happen from here (可能分支): events at the tasks that are open, the other ways out of gateways that lie ahead, and events
 * that may come at any time and end the ordinary way. Nothing when the instance is over.
 */
export function branchesAhead(diagram: Diagram, processId: string, visits: readonly Visit[]): Branch[] {
  const byId = new Map(diagram.elements.map((element) => [element.id, element]));
  const active = visits.filter((visit) => visit.state === 'ACTIVE').map((visit) => visit.elementId);
  if (active.length === 0) return [];
  const found: Branch[] = [];
  for (const event of diagram.elements.filter((element) => element.attachedTo && active.includes(element.attachedTo)))
    found.push({
      elementId: event.id,
      when: `“${byId.get(event.attachedTo!)!.name}”期间`,
      what: event.name,
    });
  const seen = new Set(active);
  const queue = [...active];
  for (const id of queue) {
    const element = byId.get(id);
    if (!element || element.processId !== processId) continue;
    const flows = diagram.flows.filter((flow) => flow.source === id);
    const chosen = isGateway(element) && element.defaultFlow ? flows.filter((flow) => flow.isDefault) : flows;
    for (const flow of flows.filter((other) => !chosen.includes(other))) {
      const target = firstSaid(diagram, flow.target);
      if (target)
        found.push({
          elementId: target.id,
          when: `“${element.name}”${flow.name ? ` ${flow.name}` : ''}`,
          what: target.name,
        });
    }
    for (const flow of chosen)
      if (!seen.has(flow.target)) {
        seen.add(flow.target);
        queue.push(flow.target);
      }
  }
  for (const scope of diagram.elements.filter((element) => element.triggeredByEvent)) {
    const start = diagram.elements.find((element) => element.parentId === scope.id && element.type === 'startEvent');
    if (start?.interrupting && !visits.some((visit) => visit.elementId === scope.id))
      found.push({ elementId: scope.id, when: '办理中随时', what: scope.name });
  }
  return found.filter((branch, index) => found.findIndex((other) => other.elementId === branch.elementId) === index);
}

/** The first step a person reads from an element on, past gateways. */
function firstSaid(diagram: Diagram, id: string, depth = 0): DiagramElement | undefined {
  const element = diagram.elements.find((other) => other.id === id);
  if (!element || depth > 10) return undefined;
  if (isSaid(element)) return element;
  const next = nextOf(diagram, element)[0];
  return next ? firstSaid(diagram, next.id, depth + 1) : undefined;
}

/** Elements no token can reach any more: drawn dashed. */
export function outOfReach(diagram: Diagram, visits: readonly Visit[], over: boolean): Set<string> {
  const visited = new Set(visits.map((visit) => visit.elementId));
  const reached = new Set<string>();
  if (!over) {
    const queue = visits.filter((visit) => visit.state === 'ACTIVE').map((visit) => visit.elementId);
    // Events that may come at any time stay open while the instance lives.
    for (const element of diagram.elements)
      if (element.triggeredByEvent || diagram.elements.some((p) => p.id === element.parentId && p.triggeredByEvent))
        queue.push(element.id);
    for (const id of queue) {
      if (reached.has(id)) continue;
      reached.add(id);
      for (const flow of diagram.flows) if (flow.source === id) queue.push(flow.target);
      for (const element of diagram.elements) {
        if (element.attachedTo === id) queue.push(element.id);
        if (element.parentId === id) queue.push(element.id);
      }
      const parent = diagram.elements.find((element) => element.id === id)?.parentId;
      if (parent) for (const flow of diagram.flows) if (flow.source === parent) queue.push(flow.target);
    }
  }
  return new Set(
    diagram.elements.filter((element) => !visited.has(element.id) && !reached.has(element.id)).map(({ id }) => id),
  );
}
