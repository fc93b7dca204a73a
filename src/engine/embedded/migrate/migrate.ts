import { CommandRejected, type CommandResult, type EngineCommand } from '../../port.ts';
import type { Batch } from '../batch.ts';
import type { CompiledProcess, Element, MultiInstance } from '../model/types.ts';
import { keyOf } from '../partitions.ts';
import { jobRecord } from '../run/job-record.ts';
import type { Definition, Run, Tree } from '../run/run.ts';
import { ACTIVATING, type El, TERMINATING, treeOf } from '../run/state.ts';
import { awaitedBy, Counterparts, eventOf } from './counterparts.ts';
import { joinsWithoutEnd } from './joins.ts';

type Migrate = Extract<EngineCommand, { type: 'migrateInstance' }>;

/** Somewhat more than 200 lines: the checks of a migration and the move itself are read together, so that no check is forgotten. */

/**
 * Moves a running instance to another version of its process. Tokens, jobs, timers and subscriptions keep their keys and due dates;
 * only what they point at changes. Everything is checked before anything is changed, and all reasons are told at once.
 */
export async function migrateInstance(batch: Batch, command: Migrate): Promise<CommandResult> {
  const tree = await batch.tree(keyOf(command.processInstanceKey));
  const { plan, els } = planOf(batch, tree, command);
  if (plan.refusals.size > 0) throw new CommandRejected('FAILED_PRECONDITION', [...plan.refusals].join('\n'));
  batch.run(tree!, (run) => {
    for (const el of els) plan.move(run, el);
  });
  return { key: command.processInstanceKey };
}

/** The same checks on the instance as it stands, without moving it: what would be refused, and why. */
export async function rehearseMigration(batch: Batch, command: Migrate): Promise<readonly string[]> {
  const key = keyOf(command.processInstanceKey);
  await batch.load([key]);
  try {
    return [...planOf(batch, batch.known(treeOf(key)), command).plan.refusals];
  } catch (error) {
    if (error instanceof CommandRejected) return [error.message];
    throw error;
  }
}

/** Everything that is to be moved, checked. */
function planOf(batch: Batch, tree: Tree | undefined, command: Migrate): { plan: Plan; els: El[] } {
  const key = keyOf(command.processInstanceKey);
  const root = tree?.get(key);
  if (!tree || !root || root.p !== 0 || root.e !== 0)
    throw new CommandRejected('NOT_FOUND', `没有正在运行的流程实例 ${command.processInstanceKey}，可能已经结束。`);
  const target = batch.definitions.find(command.processId, command.version);
  if (!target)
    throw new CommandRejected('NOT_FOUND', `流程“${command.processId}”没有第 ${command.version} 版，请先部署这一版。`);
  const plan = new Plan(tree, batch.definition(root.d), target, command.mapping);
  const els = [...tree.els.values()].filter((el) => el.pi === key);
  for (const el of els) plan.check(el);
  return { plan, els };
}

const said = (element: Element): string => `“${element.name || element.id}”（${element.id}）`;

class Plan {
  readonly refusals = new Set<string>();
  readonly #tree: Tree;
  readonly #source: CompiledProcess;
  readonly #target: Definition;
  readonly #counterparts: Counterparts;

  constructor(tree: Tree, source: Definition, target: Definition, mapping: Migrate['mapping']) {
    this.#tree = tree;
    this.#source = source.process;
    this.#target = target;
    const byId = new Map(mapping.map(({ from, to }) => [from, to]));
    this.#counterparts = new Counterparts(target.process, byId);
    if (source.process.id !== target.process.id)
      this.#refuse(`只能迁移到同一流程的另一版：实例属于“${source.process.id}”，目标是“${target.process.id}”。`);
    for (const { from, to } of mapping) {
      if (!this.#source.byId.has(from)) this.#refuse(`原版本里没有节点“${from}”，请改正对应关系。`);
      if (!target.process.byId.has(to)) this.#refuse(`目标版本里没有节点“${to}”，请改正对应关系。`);
    }
    if (byId.size < mapping.length) this.#refuse('同一个节点对应了两处，请只保留一处。');
  }

  #refuse(reason: string): void {
    this.refusals.add(reason);
  }

  check(el: El): void {
    const from = this.#source.elements[el.e]!;
    const to = this.#counterparts.of(from);
    if (!to) return this.#refuse(`节点${said(from)}正在进行，目标版本里没有对应的节点，请指定一个。`);
    if (from.type !== 'PROCESS') this.#checkPlace(el, from, to);
    this.#checkEvents(el, from, to);
    this.#checkKept(el, from);
    this.#checkScope(el, to);
  }

  /** The same kind of element in the same scope. */
  #checkPlace(el: El, from: Element, to: Element): void {
    if (to.type !== from.type || to.eventType !== from.eventType)
      this.#refuse(`节点${said(from)}不能对应${said(to)}：两者类型不同。`);
    const difference = multiInstanceDifference(from.multiInstance, to.multiInstance);
    if (difference) this.#refuse(`节点${said(from)}${difference}，不能对应。`);
    const parent = this.#tree.get(el.p);
    const inBody = parent?.mi && parent.e === el.e;
    const scope = inBody || !parent ? undefined : this.#counterparts.of(this.#source.elements[parent.e]!);
    if (scope && to.scope !== scope.index) this.#refuse(`节点${said(to)}在目标版本里不在原来的子流程内，不能对应。`);
    if (el.s === TERMINATING) this.#refuse(`节点${said(from)}正在取消，请稍后再迁移。`);
  }

  /** What an element waits for is there on the other side in the same form, and nothing else: a subscription is neither lost nor made up. */
  #checkEvents(el: El, from: Element, to: Element): void {
    const before = awaitedBy(this.#source, from);
    const after = awaitedBy(this.#target.process, to);
    const waited = new Set([...(el.t ?? []), ...(el.m ?? []), ...(el.g ?? [])].map((sub) => sub.e));
    const taken = new Set<Element>();
    for (const event of before) {
      const there = this.#counterparts.of(event);
      const fits = there && after.includes(there) && eventOf(there) === eventOf(event) && there.type === event.type;
      if (fits && !taken.has(there)) taken.add(there);
      else if (waited.has(event.index))
        this.#refuse(
          fits
            ? `节点“${from.name || from.id}”正在等待的两个事件对应到了同一个事件${said(there)}，请分开对应。`
            : `节点“${from.name || from.id}”正在等待的事件${said(event)}在目标版本里没有对应${there ? '：那里的不是同类事件，或者不在这个节点上' : ''}。`,
        );
    }
    // An element that has not begun to wait (an incident stopped it before) will wait for what the target says.
    if (el.s === ACTIVATING || el.int || isInner(el, from)) return;
    for (const event of after)
      if (!taken.has(event))
        this.#refuse(`目标版本的节点“${to.name || to.id}”多了事件${said(event)}，正在进行的实例没有等待它。`);
  }

  /** What is remembered in an element: an event that has happened, branches at a join, activities that can be undone. */
  #checkKept(el: El, from: Element): void {
    const happened = el.trig && this.#source.elements[el.trig.e]!;
    if (happened && !this.#counterparts.of(happened))
      this.#refuse(`节点${said(from)}已经发生的事件${said(happened)}在目标版本里没有对应。`);
    for (const index of Object.keys(el.tf ?? {})) {
      const flow = this.#source.flows[Number(index)]!;
      if (!this.#counterparts.arrival(this.#source, flow))
        this.#refuse(
          `汇聚网关${said(this.#source.elements[flow.target]!)}前停着一个分支，目标版本里没有它等待的连线“${flow.id}”。`,
        );
    }
    for (const sub of el.comp ?? []) {
      const activity = this.#source.elements[sub.a]!;
      const there = this.#counterparts.of(activity);
      if (!there || (there.compensationHandler === undefined) !== (activity.compensationHandler === undefined))
        this.#refuse(`已完成、可补偿的节点${said(activity)}在目标版本里没有对应，或者补偿的办法不同。`);
    }
  }

  /** The tokens in a scope go on beside each other as before: none on top of another, none waited for in vain. */
  #checkScope(el: El, to: Element): void {
    const children = this.#tree.children(el.k).map((child) => this.#source.elements[child.e]!);
    if (el.mi || (children.length === 0 && !el.tf)) return;
    const flows = Object.keys(el.tf ?? {}).map((index) => this.#source.flows[Number(index)]!);
    const places = children.flatMap((child) => this.#counterparts.of(child) ?? []);
    const arrived = flows.flatMap((flow) => this.#counterparts.arrival(this.#source, flow)?.index ?? []);
    if (new Set(places).size < new Set(children).size && places.length === children.length)
      this.#refuse(`“${to.name || to.id}”里同时进行的两个节点对应到了同一个节点，请分开对应。`);
    if (new Set(arrived).size < new Set(flows).size && arrived.length === flows.length)
      this.#refuse(`“${to.name || to.id}”里停在汇聚网关前的两个分支对应到了同一条连线，请分开对应。`);
    const before = joinsWithoutEnd(this.#source, { at: children, arrived: flows.map((flow) => flow.index) });
    if (before.length > 0) return;
    for (const join of joinsWithoutEnd(this.#target.process, { at: places, arrived }))
      this.#refuse(`目标版本的汇聚网关${said(join)}要等的分支，这个实例里没有，迁移后会一直等。`);
  }

  move(run: Run, el: El): void {
    const from = this.#source.elements[el.e]!;
    const there = (index: number): Element => this.#counterparts.of(this.#source.elements[index]!)!;
    el.d = this.#target.key;
    el.e = this.#counterparts.of(from)!.index;
    for (const sub of [...(el.t ?? []), ...(el.g ?? [])]) sub.e = there(sub.e).index;
    for (const sub of el.m ?? []) {
      const event = there(sub.e);
      sub.e = event.index;
      // As when it is opened: what catches in passing is done with the first message.
      sub.int = event.type === 'BOUNDARY_EVENT' || event.type === 'START_EVENT' ? event.interrupting : true;
    }
    if (el.trig) el.trig.e = there(el.trig.e).index;
    if (el.tf) {
      const arrived = Object.entries(el.tf).map(([flow, n]) => [
        this.#counterparts.arrival(this.#source, this.#source.flows[Number(flow)]!)!.index,
        n,
      ]);
      el.tf = Object.fromEntries(arrived);
    }
    for (const sub of el.comp ?? []) sub.a = there(sub.a).index;
    run.lifecycle(el, 'ELEMENT_MIGRATED');
    if (el.job) jobRecord(run, 'MIGRATED', el, el.job);
  }
}

/** The inner instance of a multi-instance activity waits for nothing of its own: its body does. */
const isInner = (el: El, from: Element): boolean => Boolean(from.multiInstance) && !el.mi;

/** What is asked again at every turn has to stay as it was when the first turn began. */
function multiInstanceDifference(before: MultiInstance | undefined, after: MultiInstance | undefined): string | null {
  if (!before && !after) return null;
  if (!before || !after) return '一边是多实例、一边不是';
  if (before.sequential !== after.sequential) return '一边依次办、一边同时办';
  if (before.inputCollection.text !== after.inputCollection.text) return '在两版里按不同的清单逐项办';
  return before.outputCollection === after.outputCollection ? null : '在两版里把结果存到不同的变量';
}
