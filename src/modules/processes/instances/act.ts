import type { Sql } from '../../../db/sql.ts';
import { enqueue, enqueueAll } from '../../../engine/outbox/index.ts';
import type { EngineCommand, Json, Variables } from '../../../engine/port.ts';
import type { Actor } from '../../../kernel/actor.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { conflict, invalid } from '../../../kernel/errors.ts';
import { appendEvent } from '../../history/index.ts';
import { diagramOf } from '../catalogue.ts';
import { type Diagram, type DiagramElement, elementOf, isGateway } from '../diagram.ts';
import { type Incident, incidentWithAttempts } from '../incidents.ts';
import { findInstance, type Instance } from './instance-detail.ts';

/** What an act on an instance is handed: a transaction, who acts, the clock. */
export interface ActWork {
  sql: Sql;
  actor: Actor;
  clock: Clock;
}

const MANUAL = 'manual-handling';

/** The instance held for change; one that has ended meanwhile is told as such. */
async function running(work: ActWork, key: string): Promise<Instance> {
  const instance = await findInstance(work.sql, key, { lock: true });
  if (instance.state !== 'ACTIVE')
    throw conflict('这个流程实例刚刚已经结束，没有做任何改动。请刷新后查看。', { reason: 'instance-over' });
  return instance;
}

/** The incident held by its instance; one that somebody has dealt with is told as such. */
export async function openIncident(work: ActWork, key: string): Promise<{ incident: Incident; instance: Instance }> {
  const before = await incidentWithAttempts(work.sql, key);
  const instance = await running(work, before.incident.instanceKey);
  const { incident } = await incidentWithAttempts(work.sql, key);
  if (incident.resolvedAt) throw conflict('这个异常刚刚已经由别人处理。', { reason: 'incident-resolved' });
  return { incident, instance };
}

function requireReason(reason: string): string {
  if ([...reason.trim()].length < 4)
    throw invalid('没有提交', [{ pointer: '/reason', message: '“原因”至少 4 个字，写明为什么。' }]);
  return reason.trim();
}

/** Every act stands in the instance's own chain; what the staff should know stands in the demand's, too. */
async function note(work: ActWork, instance: Instance, type: string, payload: Record<string, unknown>): Promise<void> {
  const event = { type, occurredAt: work.clock.now(), actor: work.actor };
  await appendEvent(work.sql, { ...event, subjectType: 'instance', subjectId: instance.key, payload });
  if (instance.demandId)
    await appendEvent(work.sql, {
      ...event,
      subjectType: 'demand',
      subjectId: instance.demandId,
      payload: { ...payload, ...(instance.demandStatus ? { status: instance.demandStatus } : {}) },
    });
}

const lineOf = (instance: Instance): string => instance.demandId ?? instance.key;

/** Where a token may be put by hand: activities, intermediate events and gateways that are not inside something that must begin first. */
export function targetsOf(diagram: Diagram, processId: string): DiagramElement[] {
  const closed = (element: DiagramElement): boolean => {
    const parent = element.parentId === null ? undefined : elementOf(diagram, element.parentId);
    return (
      parent !== undefined && (Boolean(parent.multiInstance) || parent.triggeredByEvent === true || closed(parent))
    );
  };
  const behindEvents = new Set(
    diagram.flows
      .filter((flow) => elementOf(diagram, flow.source)?.type === 'eventBasedGateway')
      .map((flow) => flow.target),
  );
  return diagram.elements.filter(
    (element) =>
      element.processId === processId &&
      !['startEvent', 'boundaryEvent'].includes(element.type) &&
      !element.triggeredByEvent &&
      !behindEvents.has(element.id) &&
      !closed(element),
  );
}

/** Element instances a token may be taken from: what is active, and what is stuck before it has begun. */
export async function tokensOf(sql: Sql, instanceKey: string): Promise<{ key: string; elementId: string }[]> {
  const rows = await sql.query<{ key: string; element_id: string }>(
    `select key, element_id from element_visit where process_instance_key = $1 and state = 'ACTIVE'
     union select element_instance_key, element_id from incident_view
       where process_instance_key = $1 and resolved_at is null and element_instance_key is not null
     order by 1`,
    [instanceKey],
  );
  return rows.map((row) => ({ key: row.key, elementId: row.element_id }));
}

/** Takes a token away where it stands and puts it to another element (移到其他节点). Answers the id of the command. */
export async function moveToken(
  work: ActWork,
  input: { instanceKey: string; from: string; to: string; reason: string },
): Promise<string> {
  const reason = requireReason(input.reason);
  const instance = await running(work, input.instanceKey);
  const diagram = await diagramOf(work.sql, instance.processId, instance.version);
  const token = (await tokensOf(work.sql, instance.key)).find((item) => item.key === input.from);
  if (!token) throw conflict('流程刚刚已经走过这一步，没有移动。请刷新后再看。', { reason: 'token-gone' });
  const target = targetsOf(diagram, instance.processId).find((element) => element.id === input.to);
  if (!target) throw invalid('没有提交', [{ pointer: '/to', message: '请从列表里选一个要移到的节点。' }]);
  if (target.id === token.elementId)
    throw invalid('没有提交', [{ pointer: '/to', message: '流程已经停在这个节点。要再做一次的，请用“重试”。' }]);
  await note(work, instance, 'instance.token-moved', {
    instance: instance.key,
    from: elementOf(diagram, token.elementId)?.name ?? token.elementId,
    to: target.name,
    reason,
  });
  return send(work, instance, `move:${input.from}:${target.id}`, {
    type: 'modifyInstance',
    processInstanceKey: instance.key,
    activate: [{ elementId: target.id }],
    terminate: [token.key],
  });
}

async function send(work: ActWork, instance: Instance, commandId: string, command: EngineCommand): Promise<string> {
  await enqueue(work.sql, { commandId, orderingKey: lineOf(instance), command });
  return commandId;
}

export interface VariableChange {
  scopeKey: string;
  name: string;
  before: Json | undefined;
  after: Json;
}

/** Sets variables, and gives the incident another go where there is one (改变量后重试). */
export async function changeVariables(
  work: ActWork,
  input: { instanceKey: string; changes: readonly VariableChange[]; reason: string; incidentKey?: string; act: string },
): Promise<string> {
  const reason = requireReason(input.reason);
  const found = input.incidentKey ? await openIncident(work, input.incidentKey) : undefined;
  const instance = found?.instance ?? (await running(work, input.instanceKey));
  if (input.changes.length === 0) throw invalid('没有改动任何变量。改一个值，或者直接用“重试”。');
  const line = lineOf(instance);
  const scopes = Map.groupBy(input.changes, (change) => change.scopeKey);
  const commands = [...scopes].map(([scopeKey, changes]) => ({
    commandId: `variables:${input.act}:${scopeKey}`,
    orderingKey: line,
    command: {
      type: 'setVariables' as const,
      elementInstanceKey: scopeKey,
      variables: Object.fromEntries(changes.map((change) => [change.name, change.after])) as Variables,
      local: true,
    },
  }));
  await note(work, instance, 'instance.variables-changed', {
    instance: instance.key,
    changed: input.changes.map(
      (change) =>
        `${change.name}：${change.before === undefined ? '没有' : inJson(change.before)} → ${inJson(change.after)}`,
    ),
    reason,
  });
  await enqueueAll(work.sql, [...commands, ...(found ? retryCommands(found.incident, line, input.act) : [])]);
  return commands[0]!.commandId;
}

const inJson = (value: Json): string => JSON.stringify(value);

function retryCommands(incident: Incident, orderingKey: string, act: string) {
  const job = incident.jobKey && incident.jobKey !== '-1' ? incident.jobKey : undefined;
  return [
    ...(job
      ? [
          {
            commandId: `retries:${incident.key}:${act}`,
            orderingKey,
            command: { type: 'updateRetries' as const, jobKey: job, retries: 1 },
          },
        ]
      : []),
    {
      commandId: `resolve:${incident.key}:${act}`,
      orderingKey,
      command: { type: 'resolveIncident' as const, incidentKey: incident.key },
    },
  ];
}

/**
 * Ends an instance with everything in it (终止实例). If it was the process of a demand that is not closed, tax service gets the task of
 * saying where the demand goes: no demand is left without a way on.
 */
export async function cancelInstance(
  work: ActWork,
  input: { instanceKey: string; reason: string; demandOpen: boolean },
): Promise<string> {
  const reason = requireReason(input.reason);
  const instance = await running(work, input.instanceKey);
  if (instance.parentKey)
    throw conflict('这个实例由上一级流程调用，不能单独终止。请在上一级流程上终止，或者移到其他节点。', {
      reason: 'called-instance',
    });
  await note(work, instance, 'instance.canceled', { instance: instance.key, reason });
  const id = await send(work, instance, `cancel:${instance.key}`, {
    type: 'cancelInstance',
    processInstanceKey: instance.key,
  });
  if (instance.demandId && input.demandOpen && instance.processId !== MANUAL) {
    const [own] = await work.sql.query('select 1 from demand where id = $1 and process_instance_key = $2', [
      instance.demandId,
      instance.key,
    ]);
    await openManualHandling(work.sql, {
      demandId: instance.demandId,
      kind: own ? 'CANCELED' : 'STEP',
      groups: ['tax-service'],
      instanceKey: instance.key,
      elementInstanceKey: '',
      next: '',
      once: `canceled:${instance.key}`,
    });
  }
  return id;
}

/** Hands a step that cannot be done to a post (转人工处理); the instance goes on from the next one when it is done there. */
export async function handToPerson(
  work: ActWork,
  input: { incidentKey: string; group: string; reason: string },
): Promise<string> {
  const reason = requireReason(input.reason);
  const { incident, instance } = await openIncident(work, input.incidentKey);
  if (!Object.hasOwn(MANUAL_GROUPS, input.group))
    throw invalid('没有提交', [{ pointer: '/group', message: '请选择交给哪个岗位。' }]);
  const diagram = await diagramOf(work.sql, instance.processId, instance.version);
  const refusal = manualRefusal(diagram, incident, instance);
  if (refusal) throw conflict(refusal, { reason: 'no-way-on' });
  const [waiting] = await work.sql.query(
    `select 1 from task where demand_id = $1 and process_id = '${MANUAL}' and status = 'OPEN'`,
    [instance.demandId],
  );
  if (waiting) throw conflict('这件诉求已经有一项人工处理的任务没有办完，没有重复转。', { reason: 'already-handed' });
  await note(work, instance, 'instance.handed-to-person', {
    instance: instance.key,
    step: elementOf(diagram, incident.elementId)?.name ?? incident.elementId,
    toPost: MANUAL_GROUPS[input.group as keyof typeof MANUAL_GROUPS],
    reason,
  });
  return openManualHandling(work.sql, {
    demandId: instance.demandId!,
    kind: 'STEP',
    groups: [input.group],
    instanceKey: instance.key,
    elementInstanceKey: incident.elementInstanceKey!,
    next: followerOf(diagram, incident.elementId)!.id,
    once: `manual:${incident.key}:${work.clock.now().getTime()}`,
  });
}

/** Posts a stuck step may be given to. */
export const MANUAL_GROUPS = {
  'tax-service': '纳税服务部门诉求专岗',
  'host-department': '主办部门',
  'host-department-head': '主办部门负责人',
  'registering-department': '首次受理部门',
} as const;

/** Why a stuck step cannot be done by a person; null when it can. */
export function manualRefusal(diagram: Diagram, incident: Incident, instance: Instance): string | null {
  if (!instance.demandId) return '这个流程不属于哪一件诉求，没有岗位可以转。请用重试、改变量或移到其他节点。';
  if (!incident.elementInstanceKey)
    return '这个异常产生得较早，没有记下停住的位置，不能转人工。请用重试，或移到其他节点。';
  const element = elementOf(diagram, incident.elementId);
  if (!element || isGateway(element)) return '流程停在网关，不是一项可以由人来办的事。请改变量后重试，或移到其他节点。';
  const next = followerOf(diagram, incident.elementId);
  if (!next) return '这一步后面不是唯一的一步，办完不知道从哪里继续。请改变量后重试，或移到其他节点。';
  if (['parallelGateway', 'inclusiveGateway'].includes(next.type) && next.incoming.length > 1)
    return '这一步后面要等其他分支汇合，不能跳过。请改变量后重试，或移到其他节点。';
  return null;
}

function followerOf(diagram: Diagram, elementId: string): DiagramElement | undefined {
  const flows = diagram.flows.filter((flow) => flow.source === elementId);
  return flows.length === 1 ? elementOf(diagram, flows[0]!.target) : undefined;
}

export interface ManualHandling {
  demandId: string;
  kind: 'STEP' | 'CANCELED';
  groups: readonly string[];
  instanceKey: string;
  /** Where the token stands and where it goes on; empty when the instance is over. */
  elementInstanceKey: string;
  next: string;
  once: string;
}

/** Starts the process that gives a person the task. */
export async function openManualHandling(sql: Sql, item: ManualHandling): Promise<string> {
  const commandId = `${MANUAL}:${item.once}`;
  await enqueue(sql, {
    commandId,
    orderingKey: item.demandId,
    command: {
      type: 'createInstance',
      processId: MANUAL,
      variables: {
        demandId: item.demandId,
        manualKind: item.kind,
        manualGroups: [...item.groups],
        stuckInstance: item.instanceKey,
        stuckElement: item.elementInstanceKey,
        resumeAt: item.next,
      },
    },
  });
  return commandId;
}

/** A person has done the stuck step: its token goes on at the next one. What has moved on by itself meanwhile is left alone. */
export async function resumeInstance(
  sql: Sql,
  stuck: { instanceKey: string; elementInstanceKey: string; next: string; once: string },
): Promise<void> {
  if (stuck.elementInstanceKey === '') return;
  const instance = await findInstance(sql, stuck.instanceKey, { lock: true });
  const standing = (await tokensOf(sql, stuck.instanceKey)).some((token) => token.key === stuck.elementInstanceKey);
  if (instance.state !== 'ACTIVE' || !standing) return;
  await enqueue(sql, {
    commandId: `resume:${stuck.once}`,
    orderingKey: lineOf(instance),
    command: {
      type: 'modifyInstance',
      processInstanceKey: stuck.instanceKey,
      activate: [{ elementId: stuck.next }],
      terminate: [stuck.elementInstanceKey],
    },
  });
}
