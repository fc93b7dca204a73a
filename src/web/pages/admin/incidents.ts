import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { may } from '../../../modules/access/index.ts';
import { appendEvent } from '../../../modules/history/index.ts';
import {
  countIncidents,
  diagramLookup,
  diagramOf,
  elementOf,
  findInstance,
  type Incident,
  incidentWithAttempts,
  lastResolved,
  manualRefusal,
  openIncidents,
  outcomeOfRetry,
  remedyInWords,
  retryIncident,
} from '../../../modules/processes/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { calendarBar } from './frame.ts';

/** P27: one incident per page: cause, effect, what was tried, what can be done. */
export function incidentPages(house: House): Route[] {
  const scope = '运行状态（件号，不含个人信息）';
  return [
    {
      method: 'get',
      path: '/incidents',
      permission: 'operations.read',
      scope,
      handle: (ask) => listIncidents(house, ask),
    },
    {
      method: 'get',
      path: '/incidents/:key',
      permission: 'operations.read',
      scope,
      handle: (ask) => showIncident(house, ask),
    },
    {
      method: 'post',
      path: '/incidents/:key/retry',
      permission: 'operations.repair',
      scope,
      handle: (ask) => retry(house, ask),
    },
  ];
}

/** An incident as pages show it: where it stands, in the words of the diagram. */
export async function incidentView(house: House, incident: Incident, diagramFor = diagramLookup(house.sql)) {
  const diagram = await diagramFor(incident.processId, incident.processVersion);
  const element = elementOf(diagram, incident.elementId);
  return {
    ...incident,
    at: format.time(incident.createdAt),
    step: element?.name ?? incident.elementId,
    job: element?.jobType ?? '',
    remedy: remedyInWords(incident.type, element),
    process: diagram.processes.find((process) => process.id === incident.processId)?.name ?? incident.processId,
  };
}

async function listIncidents(house: House, { res }: Ask): Promise<void> {
  const [open, last, total] = await Promise.all([
    openIncidents(house.sql),
    lastResolved(house.sql),
    countIncidents(house.sql),
  ]);
  const diagramFor = diagramLookup(house.sql);
  res.render('admin/incidents', {
    title: '异常',
    incidents: await Promise.all(open.map((item) => incidentView(house, item, diagramFor))),
    total,
    last: last?.resolvedAt ? format.shortDay(shanghaiDate(last.resolvedAt)) : '',
    bar: await calendarBar(house),
  });
}

async function showIncident(house: House, { req, res, actor }: Ask): Promise<void> {
  const { incident, attempts } = await incidentWithAttempts(house.sql, String(req.params.key));
  const newest = attempts[attempts.length - 1]!;
  const outcome = await outcomeOfRetry(house.sql, incident);
  res.render('admin/incident', {
    title: '异常',
    incident: await incidentView(house, incident),
    newest: await incidentView(house, newest),
    attempts: attempts.map((item) => ({
      ...item,
      at: format.time(item.createdAt),
      ended: item.resolvedAt ? format.time(item.resolvedAt) : '',
    })),
    open: newest.resolvedAt === null,
    retried: textOf(req.query.retried) === '1' ? outcome.state : null,
    state: outcome.state,
    repair: may(actor, 'operations.repair'),
    manage: may(actor, 'instance.manage'),
    noManual: manualRefusal(
      await diagramOf(house.sql, newest.processId, newest.processVersion),
      newest,
      await findInstance(house.sql, newest.instanceKey),
    ),
    manual: newest.demandId ? await manualTask(house, newest.demandId) : null,
    bar: await calendarBar(house),
  });
}

/** Who has the step that was handed to a person, if it was. */
async function manualTask(house: House, demandId: string): Promise<string | null> {
  const [task] = await house.sql.query<{ why: string | null; created_at: string }>(
    `select why, created_at from task where demand_id = $1 and process_id = 'manual-handling' and status = 'OPEN' order by created_at desc limit 1`,
    [demandId],
  );
  return task ? `${format.time(task.created_at)} 送出` : null;
}

/** Tries again and waits a moment for what comes of it: the page says what happened, not that something was started. */
async function retry(house: House, { req, res, actor }: Ask): Promise<void> {
  const { incident } = await incidentWithAttempts(house.sql, String(req.params.key));
  await retryIncident({ submit: (id, command) => house.submitEngine(id, command) }, incident, house.ids.uuid());
  await house.transaction(actor, (unit) =>
    appendEvent(sqlOf(unit.em), {
      subjectType: 'operations',
      subjectId: 'incidents',
      type: 'incident.retried',
      occurredAt: house.clock.now(),
      actor,
      payload: { incidentKey: incident.key, processId: incident.processId, elementId: incident.elementId },
    }),
  );
  await house.settle();
  res.redirect(303, `/incidents/${incident.key}?retried=1`);
}
