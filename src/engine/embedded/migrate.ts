import { CommandRejected, type CommandResult, type EngineCommand } from '../port.ts';
import type { Batch } from './batch.ts';
import type { CompiledProcess, Element } from './model/types.ts';
import { keyOf } from './partitions.ts';
import { jobRecord } from './run/job-record.ts';
import type { Definition, Run, Tree } from './run/run.ts';
import { type El, TERMINATING, treeOf } from './run/state.ts';

type Migrate = Extract<EngineCommand, { type: 'migrateInstance' }>;

/**
 * Moves a running instance to another version of its process. Tokens, jobs, timers and subscriptions keep their keys and due dates;
 * only what they point at changes. Everything is checked before anything is changed, and all reasons are told at once.
 */
export async function migrateInstance(batch: Batch, command: Migrate): Promise<CommandResult> {
  const tree = await batch.tree(keyOf(command.processInstanceKey));
  const { plan, els } = planOf(batch, tree, command);
  if (plan.refusals.length > 0) throw new CommandRejected('FAILED_PRECONDITION', plan.refusals.join('\n'));
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
    return [...new Set(planOf(batch, batch.known(treeOf(key)), command).plan.refusals)];
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
  const plan = new Plan(batch.definition(root.d), target, command.mapping);
  const els = [...tree.els.values()].filter((el) => el.pi === key);
  for (const el of els) plan.check(tree, el);
  return { plan, els };
}

class Plan {
  readonly refusals: string[] = [];
  readonly #source: CompiledProcess;
  readonly #target: Definition;
  readonly #mapping: ReadonlyMap<string, string>;

  constructor(source: Definition, target: Definition, mapping: Migrate['mapping']) {
    this.#source = source.process;
    this.#target = target;
    this.#mapping = new Map(mapping.map(({ from, to }) => [from, to]));
    if (source.process.id !== target.process.id)
      this.refusals.push(`只能迁移到同一流程的另一版：实例属于“${source.process.id}”，目标是“${target.process.id}”。`);
    for (const { from, to } of mapping) {
      if (!this.#source.byId.has(from)) this.refusals.push(`原版本里没有节点“${from}”，请改正对应关系。`);
      if (!target.process.byId.has(to)) this.refusals.push(`目标版本里没有节点“${to}”，请改正对应关系。`);
    }
    if (this.#mapping.size < mapping.length) this.refusals.push('同一个节点对应了两处，请只保留一处。');
  }

  check(tree: Tree, el: El): void {
    const from = this.#source.elements[el.e]!;
    if (from.type === 'PROCESS') return this.#checkWaiting(el, from, this.#target.process.elements[0]!);
    const to = this.#counterpart(from);
    const name = from.name || from.id;
    if (!to) {
      this.refusals.push(`节点“${name}”（${from.id}）正在进行，目标版本里没有对应的节点，请指定一个。`);
      return;
    }
    if (to.type !== from.type || to.eventType !== from.eventType)
      this.refusals.push(`节点“${name}”（${from.id}）不能对应“${to.name || to.id}”（${to.id}）：两者类型不同。`);
    if (Boolean(to.multiInstance) !== Boolean(from.multiInstance))
      this.refusals.push(`节点“${name}”（${from.id}）一边是多实例、一边不是，不能对应。`);
    const parent = tree.get(el.p);
    const inBody = parent?.mi && parent.e === el.e;
    const scope = inBody || !parent ? undefined : this.#counterpart(this.#source.elements[parent.e]!);
    if (scope && to.scope !== scope.index)
      this.refusals.push(`节点“${to.name || to.id}”（${to.id}）在目标版本里不在原来的子流程内，不能对应。`);
    if (el.s === TERMINATING) this.refusals.push(`节点“${name}”（${from.id}）正在取消，请稍后再迁移。`);
    this.#checkWaiting(el, from, to);
  }

  /** What an element waits for must be there on the other side, and nothing else: a subscription is neither lost nor made up. */
  #checkWaiting(el: El, from: Element, to: Element): void {
    const waited = [...(el.t ?? []), ...(el.m ?? []), ...(el.g ?? [])].map((sub) => this.#source.elements[sub.e]!);
    for (const event of waited)
      if (!this.#counterpart(event))
        this.refusals.push(
          `节点“${from.name || from.id}”正在等待的事件“${event.name || event.id}”（${event.id}）在目标版本里没有对应。`,
        );
    const kept = new Set(waited.flatMap((event) => this.#counterpart(event)?.id ?? []));
    const events = [...to.boundary, ...to.eventSubprocesses.map((item) => item.start)];
    for (const event of events)
      if (
        ['TIMER', 'MESSAGE', 'SIGNAL'].includes(event.eventType) &&
        !kept.has(event.id) &&
        !el.int &&
        !hasOwn(el, from)
      )
        this.refusals.push(
          `目标版本的节点“${to.name || to.id}”多了事件“${event.name || event.id}”（${event.id}），正在进行的实例没有等待它。`,
        );
    for (const flow of Object.keys(el.tf ?? {}))
      if (!this.#flow(Number(flow)))
        this.refusals.push(`连线“${this.#source.flows[Number(flow)]!.id}”上停着一个分支，目标版本里没有这条连线。`);
    for (const sub of el.comp ?? []) {
      const activity = this.#source.elements[sub.a]!;
      if (!this.#counterpart(activity))
        this.refusals.push(`已完成、可补偿的节点“${activity.name || activity.id}”在目标版本里没有对应。`);
    }
  }

  move(run: Run, el: El): void {
    const from = this.#source.elements[el.e]!;
    el.d = this.#target.key;
    el.e = from.type === 'PROCESS' ? 0 : this.#counterpart(from)!.index;
    for (const sub of [...(el.t ?? []), ...(el.m ?? []), ...(el.g ?? [])])
      sub.e = this.#counterpart(this.#source.elements[sub.e]!)!.index;
    if (el.trig) {
      const caught = this.#counterpart(this.#source.elements[el.trig.e]!);
      if (caught) el.trig.e = caught.index;
    }
    if (el.tf)
      el.tf = Object.fromEntries(Object.entries(el.tf).map(([flow, n]) => [this.#flow(Number(flow))!.index, n]));
    for (const sub of el.comp ?? []) sub.a = this.#counterpart(this.#source.elements[sub.a]!)!.index;
    run.lifecycle(el, 'ELEMENT_MIGRATED');
    if (el.job) jobRecord(run, 'MIGRATED', el, el.job);
  }

  #counterpart(element: Element): Element | undefined {
    if (element.type === 'PROCESS') return this.#target.process.elements[0];
    return this.#target.process.byId.get(this.#mapping.get(element.id) ?? element.id);
  }

  #flow(index: number) {
    const id = this.#source.flows[index]!.id;
    return this.#target.process.flows.find((flow) => flow.id === id);
  }
}

/** The inner instance of a multi-instance activity waits for nothing of its own: its body does. */
const hasOwn = (el: El, from: Element): boolean => Boolean(from.multiInstance) && !el.mi;
