import fc from 'fast-check';
import { named } from './random-models.ts';

/** One change an administrator makes to a diagram between two versions; `at` chooses the place, `other` what is chosen there. */
export interface Change {
  kind: (typeof KINDS)[number];
  at: number;
  other: number;
}

const KINDS = [
  'rename',
  'insert',
  'remove',
  'newEdge',
  'dropEdge',
  'moveEdge',
  'otherEdge',
  'interrupting',
  'timer',
  'condition',
  'turns',
  'branch',
] as const;

export const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), at: fc.nat(40), other: fc.nat(3) }),
  { minLength: 1, maxLength: 3 },
);

export interface Changed {
  xml: string;
  /** Where elements of the first version went, as a person would say it: renamed ones only. */
  mapping: { from: string; to: string }[];
}

/** The diagram with all changes made, one after the other. A change that has no place in it is left out. */
export function changed(id: string, xml: string, all: readonly Change[]): Changed {
  const names = new Map<string, string>();
  let now = xml;
  for (const [index, change] of all.entries()) now = CHANGES[change.kind](now, change, `${id}-job`, `x${index}`, names);
  const still = (element: string) => now.includes(` id="${element}"`);
  return {
    xml: named(now),
    mapping: [...names].filter(([from, to]) => from !== to && still(to)).map(([from, to]) => ({ from, to })),
  };
}

/** Whether the second id is the first one after `rename`, not another element that was chosen for it. */
export const isRenamed = (id: string, other: string): boolean =>
  other.startsWith(id) && /^(x\d)*$/.test(other.slice(id.length));

type Make = (xml: string, change: Change, jobType: string, fresh: string, names: Map<string, string>) => string;

const choose = <T>(list: readonly T[], n: number): T | undefined =>
  list.length > 0 ? list[n % list.length] : undefined;
const idsOf = (xml: string, element: string): string[] =>
  [...xml.matchAll(new RegExp(`<bpmn:${element} id="([^"]+)"`, 'g'))].map((match) => match[1]!);
const wholeOf = (xml: string, element: string, id: string): string =>
  new RegExp(`<bpmn:${element} id="${id}".*?</bpmn:${element}>`).exec(xml)![0];
const taskXml = (id: string, type: string): string =>
  `<bpmn:serviceTask id="${id}"><bpmn:extensionElements><zeebe:taskDefinition type="${type}"/></bpmn:extensionElements></bpmn:serviceTask>`;
const flowsOf = (xml: string) =>
  [
    ...xml.matchAll(
      /<bpmn:sequenceFlow id="([^"]+)" sourceRef="([^"]+)" targetRef="([^"]+)">(.*?)<\/bpmn:sequenceFlow>/g,
    ),
  ].map(([whole, flow, source, target, condition]) => ({
    whole,
    id: flow!,
    source: source!,
    target: target!,
    condition: condition!,
  }));
/** Names of the subprocesses an element lies in. */
function scopeOf(xml: string, id: string): string {
  const open: string[] = [];
  for (const [, begin, , at] of xml.matchAll(/<bpmn:subProcess id="([^"]+)"|(<\/bpmn:subProcess>)| id="([^"]+)"/g)) {
    if (begin) {
      if (begin === id) break;
      open.push(begin);
    } else if (at === id) break;
    else if (!at) open.pop();
  }
  return open.join('/');
}

const CHANGES: Record<Change['kind'], Make> = {
  /** Another id; the mapping says so. */
  rename(xml, { at }, _type, fresh, names) {
    const ids = [
      ...xml.matchAll(/ id="((?:job|message|timer|signal|sub|race|racing|call|edge|open|close)\d+\w*)"/g),
    ].map((match) => match[1]!);
    const id = choose(
      ids.filter((one) => !/_[dms]$/.test(one)),
      at,
    );
    if (!id) return xml;
    const original = [...names].find(([, to]) => to === id)?.[0] ?? id;
    names.set(original, id + fresh);
    return xml.replaceAll(`"${id}"`, `"${id}${fresh}"`);
  },
  /** A task on a line; either half keeps the line's id. In front of everything, so that all numbers shift. */
  insert(xml, { at, other }, type, fresh) {
    const flow = choose(
      flowsOf(xml).filter((item) => !item.target.startsWith('racing')),
      at,
    );
    if (!flow) return xml;
    const task = `jobAdded${fresh}`;
    const fixed = other % 2 === 0 || flow.condition || xml.includes(`default="${flow.id}"`);
    const [first, second] = fixed ? [flow.id, `f9${fresh}`] : [`f9${fresh}`, flow.id];
    return xml.replace(
      flow.whole,
      `${taskXml(task, type)}<bpmn:sequenceFlow id="${first}" sourceRef="${flow.source}" targetRef="${task}">${flow.condition}</bpmn:sequenceFlow><bpmn:sequenceFlow id="${second}" sourceRef="${task}" targetRef="${flow.target}"></bpmn:sequenceFlow>`,
    );
  },
  /** A task is gone, and the line goes past it. Who stands there can be told to another task. */
  remove(xml, { at, other }, _type, _fresh, names) {
    const jobs = idsOf(xml, 'serviceTask').filter((id) => !xml.includes(`attachedToRef="${id}"`) && /^job\d/.test(id));
    const id = choose(jobs, at);
    if (!id || jobs.length < 2) return xml;
    const into = flowsOf(xml).filter((item) => item.target === id);
    const out = flowsOf(xml).find((item) => item.source === id);
    if (into.length !== 1 || !out) return xml;
    // To a later one of the same path: whoever is sent back or into a side branch goes there again, and rightly so.
    const beside = besides(xml);
    const later = jobs.filter((one) => numberOf(one) > numberOf(id) && !beside.has(one));
    const there = other > 0 && !beside.has(id) ? choose(later, other) : undefined;
    if (there) {
      const original = [...names].find(([, to]) => to === id)?.[0] ?? id;
      names.set(original, there);
    }
    return xml
      .replace(wholeOf(xml, 'serviceTask', id), '')
      .replace(out.whole, '')
      .replace(into[0]!.whole, into[0]!.whole.replace(`targetRef="${id}"`, `targetRef="${out.target}"`));
  },
  newEdge(xml, { at, other }, _type, fresh) {
    const id = choose(idsOf(xml, 'serviceTask'), at);
    if (!id) return xml;
    const task = wholeOf(xml, 'serviceTask', id);
    const goesOn = other % 2 === 0 ? behind(xml, id) : undefined;
    const edge = `<bpmn:boundaryEvent id="edge9${fresh}" attachedToRef="${id}"${goesOn ? '' : ' cancelActivity="false"'}><bpmn:timerEventDefinition id="edge9${fresh}_d"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>`;
    return xml.replace(task, `${task}${edge}${leading(`edge9${fresh}`, goesOn, fresh)}`);
  },
  dropEdge(xml, { at }) {
    const id = choose(idsOf(xml, 'boundaryEvent'), at);
    if (!id) return xml;
    let next = xml.replace(wholeOf(xml, 'boundaryEvent', id), '');
    for (const flow of flowsOf(xml)) if (flow.source === id) next = next.replace(flow.whole, '');
    return next;
  },
  /** The event hangs at another task of the same scope. */
  moveEdge(xml, { at, other }) {
    const id = choose(idsOf(xml, 'boundaryEvent'), at);
    if (!id) return xml;
    const task = choose(
      idsOf(xml, 'serviceTask').filter((one) => scopeOf(xml, one) === scopeOf(xml, id)),
      other,
    );
    const edge = wholeOf(xml, 'boundaryEvent', id);
    const out = flowsOf(xml).find((flow) => flow.source === id);
    if (!task || !out) return xml;
    const moved = xml.replace(edge, edge.replace(/attachedToRef="[^"]+"/, `attachedToRef="${task}"`));
    if (edge.includes('cancelActivity="false"')) return moved;
    const target = behind(xml, task);
    return target ? moved.replace(out.whole, out.whole.replace(/targetRef="[^"]+"/, `targetRef="${target}"`)) : xml;
  },
  /** The event has another kind. */
  otherEdge(xml, { at }) {
    const id = choose(idsOf(xml, 'boundaryEvent'), at);
    if (!id) return xml;
    const edge = wholeOf(xml, 'boundaryEvent', id);
    const definition =
      /<bpmn:(timer|message|signal)EventDefinition.*<\/bpmn:\1EventDefinition>|<bpmn:\w+EventDefinition[^>]*\/>/;
    const other = edge.includes('timerEvent')
      ? `<bpmn:signalEventDefinition id="${id}_d" signalRef="other_s"/>`
      : `<bpmn:timerEventDefinition id="${id}_d"><bpmn:timeDuration>PT2H</bpmn:timeDuration></bpmn:timerEventDefinition>`;
    const next = xml.replace(edge, edge.replace(definition, other));
    return next.includes('signalRef="other_s"') && !next.includes('id="other_s"')
      ? next.replace('</bpmn:definitions>', '<bpmn:signal id="other_s" name="other"/></bpmn:definitions>')
      : next;
  },
  /** The event ends its task, or does not any more; its line follows, so that no path gets a second token. */
  interrupting(xml, { at }, _type, fresh) {
    const id = choose(idsOf(xml, 'boundaryEvent'), at);
    const out = flowsOf(xml).find((flow) => flow.source === id);
    if (!id || !out) return xml;
    const edge = wholeOf(xml, 'boundaryEvent', id);
    const task = /attachedToRef="([^"]+)"/.exec(edge)![1]!;
    if (!edge.includes('cancelActivity="false"'))
      return xml
        .replace(out.whole, leading(id, undefined, fresh))
        .replace(edge, edge.replace(/(attachedToRef="[^"]+")/, '$1 cancelActivity="false"'));
    const target = behind(xml, task);
    return target
      ? xml.replace(out.whole, leading(id, target, fresh)).replace(edge, edge.replace(' cancelActivity="false"', ''))
      : xml;
  },
  timer: (xml, { at }) => replaceOne(xml, 'PT1H<', 'PT3H<', at),
  condition: (xml, { at }) => replaceOne(xml, '=n > 1<', '=n > 2<', at),
  /** One after the other instead of all at once, or the other way round. */
  turns: (xml, { other }) =>
    other % 2
      ? replaceOne(xml, 'isSequential="true"', 'isSequential="false"', other)
      : replaceOne(xml, 'isSequential="false"', 'isSequential="true"', other),
  /** A further branch between a fork and its join. */
  branch(xml, { at }, type, fresh) {
    const fork = choose(
      idsOf(xml, 'parallelGateway').filter((id) => id.startsWith('open')),
      at,
    );
    if (!fork) return xml;
    const forks = idsOf(xml, 'parallelGateway').filter((id) => scopeOf(xml, id) === scopeOf(xml, fork));
    // The join of a fork comes after everything that is between them.
    const join = closeOf(fork, forks);
    if (!join) return xml;
    const task = `jobBranch${fresh}`;
    const open = new RegExp(`<bpmn:parallelGateway id="${fork}"[^>]*/>`).exec(xml)![0];
    return xml.replace(
      open,
      `${open}${taskXml(task, type)}<bpmn:sequenceFlow id="f8${fresh}" sourceRef="${fork}" targetRef="${task}"></bpmn:sequenceFlow><bpmn:sequenceFlow id="h8${fresh}" sourceRef="${task}" targetRef="${join}"></bpmn:sequenceFlow>`,
    );
  },
};

const numberOf = (id: string): number => Number(/\d+/.exec(id)![0]);

/** Where a task leads, if another token may come there by another line as well. */
function behind(xml: string, task: string): string | undefined {
  const [out] = flowsOf(xml).filter((flow) => flow.source === task);
  return out && !idsOf(xml, 'parallelGateway').includes(out.target) ? out.target : undefined;
}

/** A line from an event to where the path goes on, or to an end of its own. */
const leading = (from: string, to: string | undefined, fresh: string): string =>
  `${to ? '' : `<bpmn:endEvent id="e7${fresh}"/>`}<bpmn:sequenceFlow id="g7${fresh}" sourceRef="${from}" targetRef="${to ?? `e7${fresh}`}"></bpmn:sequenceFlow>`;

/** What lies behind events that start something beside their task: it may happen more than once. */
export function besides(xml: string): Set<string> {
  const found = new Set<string>(['aside', 'asideJob', 'asideEnd']);
  for (const id of idsOf(xml, 'startEvent')) if (scopeOf(xml, id) === 'aside') found.add(id);
  for (const id of idsOf(xml, 'boundaryEvent'))
    if (wholeOf(xml, 'boundaryEvent', id).includes('cancelActivity="false"')) found.add(id);
  const flows = flowsOf(xml);
  for (const id of found) for (const flow of flows) if (flow.source === id) found.add(flow.target);
  return found;
}

function replaceOne(xml: string, from: string, to: string, n: number): string {
  const parts = xml.split(from);
  if (parts.length < 2) return xml;
  const at = n % (parts.length - 1);
  return parts.slice(0, at + 1).join(from) + to + parts.slice(at + 1).join(from);
}

/** Forks and joins stand in the file like brackets. */
function closeOf(fork: string, inOrder: readonly string[]): string | undefined {
  let depth = 0;
  for (const id of inOrder.slice(inOrder.indexOf(fork))) {
    depth += id.startsWith('open') ? 1 : -1;
    if (depth === 0) return id;
  }
  return undefined;
}
