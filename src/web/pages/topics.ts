import { sqlOf } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError, notFound } from '../../kernel/errors.ts';
import { may } from '../../modules/access/index.ts';
import { readTimeline } from '../../modules/history/index.ts';
import { deliveryMoment, notify } from '../../modules/notifications/index.ts';
import { evaluateRuleSet, explainInWords, ruleSetVersion } from '../../modules/rules/index.ts';
import {
  bureausOfTopic,
  closeTopic,
  findSnapshot,
  findTopic,
  findTopics,
  listTopics,
  mayWriteMeasures,
  reportTopic,
  setLead,
  type Topic,
  type TopicReport,
  weeksOfTopics,
  writeMeasures,
} from '../../modules/statistics/index.ts';
import { lineChart, sparkline } from '../charts/line.ts';
import { format, shortDay } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { renderPdf } from '../papers/render-pdf.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { topicBlocks } from './statistics/paper-blocks.ts';
import { saidInHistory } from './statistics/said.ts';

const SCOPE = '市局看全市和各县（区）的群组，县（区）看本单位的';
const LEVELS: Record<string, string> = { WATCH: '关注', REPORT: '出专报' };

/** P14: common demands (共性诉求): found by rule, led to measures, closed. */
export function topicPages(house: House): Route[] {
  return [
    { method: 'get', path: '/topics', permission: 'statistics.read', scope: SCOPE, handle: (ask) => list(house, ask) },
    {
      method: 'post',
      path: '/topics/find',
      permission: 'topic.manage',
      scope: '全部单位一起找',
      async handle({ res, actor }) {
        await house.transaction(actor, (unit) => findTopics(unit));
        res.redirect(303, '/topics?ok=topics-found');
      },
    },
    {
      method: 'get',
      path: '/topics/:id',
      permission: 'statistics.read',
      scope: SCOPE,
      handle: (ask) => show(house, ask, {}),
    },
    {
      method: 'post',
      path: '/topics/:id/lead',
      permission: 'topic.manage',
      scope: '本单位的群组',
      handle: (ask) =>
        change(house, ask, 'lead', async (unit, id, body) => {
          const topic = await setLead(unit, id, {
            department: textOf(body.department) ?? '',
            note: textOf(body.note)?.slice(0, 500) ?? '',
            ...revisionOf(body),
          });
          await tellLead(unit, topic);
        }),
    },
    {
      method: 'post',
      path: '/topics/:id/measures',
      permission: 'topic.measures',
      scope: '纳服专岗，牵头科室负责人',
      handle: (ask) =>
        change(house, ask, 'measures', async (unit, id, body) => {
          await writeMeasures(unit, id, { measures: textOf(body.measures) ?? '', ...revisionOf(body) });
        }),
    },
    {
      method: 'post',
      path: '/topics/:id/close',
      permission: 'topic.manage',
      scope: '本单位的群组',
      handle: (ask) =>
        change(house, ask, 'close', async (unit, id, body) => {
          await closeTopic(unit, id, { reason: textOf(body.reason) ?? '', ...revisionOf(body) });
        }),
    },
    {
      method: 'post',
      path: '/topics/:id/reports',
      permission: 'topic.manage',
      scope: '本单位的群组',
      async handle({ req, res, actor }) {
        const id = String(req.params.id);
        const report = await house.transaction(actor, (unit) => reportTopic(unit, id));
        res.redirect(303, `/topics/${encodeURIComponent(id)}/reports/${report}`);
      },
    },
    {
      method: 'get',
      path: '/topics/:id/reports/:report',
      permission: 'statistics.read',
      scope: SCOPE,
      handle: (ask) => report(house, ask),
    },
    {
      method: 'get',
      path: '/topics/:id/reports/:report/pdf',
      permission: 'statistics.read',
      scope: SCOPE,
      handle: (ask) => reportPdf(house, ask),
    },
  ];
}

const revisionOf = (body: Record<string, unknown>): { revision?: number } => {
  const revision = Number(textOf(body._rev));
  return Number.isInteger(revision) && revision > 0 ? { revision } : {};
};

async function list(house: House, { req, res, actor }: Ask): Promise<void> {
  const directory = await house.directory();
  const closed = textOf(req.query.view) === 'closed';
  const orgCode = actor.bureauLevel === 'CITY' ? undefined : actor.orgCode;
  const topics = await listTopics(house.sql, { status: closed ? 'CLOSED' : 'OPEN', ...(orgCode ? { orgCode } : {}) });
  const weeks = await weeksOfTopics(
    house.sql,
    topics.map(({ id }) => id),
    shanghaiDate(house.clock.now()),
  );
  res.render('topics/list', {
    title: '共性诉求',
    problems: [],
    closed,
    topics: topics.map((topic, n) => {
      const counts = weeks.get(topic.id)!;
      return {
        ...view(topic),
        unit: directory.bureau(topic.orgCode)?.shortName ?? topic.orgCode,
        lead: topic.leadDepartment ? (directory.department(topic.leadDepartment)?.name ?? topic.leadDepartment) : '',
        spark: sparkline(
          `spark-${n}`,
          `12 周件数：${counts.map((week) => week.n).join('、')}`,
          counts.map((week) => week.n),
        ),
        lastWeek: counts.at(-1)!.n,
      };
    }),
    mayFind: may(actor, 'topic.manage'),
  });
}

const view = (topic: Topic) => ({
  ...topic,
  name: topic.kind === 'TAG' ? `标签“${topic.title}”` : `“${topic.title}”`,
  levelTitle: LEVELS[topic.level] ?? topic.level,
  found: format.time(topic.foundAt),
});

/** A county knows its own groups only; the others are not found, whether they exist or not. */
async function seenTopic(house: House, actor: Actor, id: string): Promise<Topic> {
  const topic = await findTopic(house.sql, id);
  if (!topic || (actor.bureauLevel !== 'CITY' && topic.orgCode !== actor.orgCode))
    throw notFound('没有找到这个共性群组。请回到列表查看。');
  return topic;
}

interface Typed {
  problems?: readonly FieldProblem[];
  /** Which form was wrong, and what it held. */
  form?: string;
  body?: Record<string, unknown>;
}

async function show(house: House, { req, res, actor }: Ask, typed: Typed): Promise<void> {
  const topic = await seenTopic(house, actor, String(req.params.id));
  const directory = await house.directory();
  const weeks = (await weeksOfTopics(house.sql, [topic.id], shanghaiDate(house.clock.now()))).get(topic.id)!;
  const problems = typed.problems ?? [];
  const nameOf = (code: string | null) => (code ? (directory.department(code)?.name ?? code) : '');
  // Only the form that was wrong shows what was typed; the others show what is stored.
  const value = (form: string, name: string, stored: string | null) =>
    typed.body && typed.form === form ? (textOf(typed.body[name]) ?? '') : (stored ?? '');
  const timeline = await readTimeline(house.sql, 'common-demand', topic.id);
  res.status(problems.length > 0 ? 422 : 200).render('topics/show', {
    title: view(topic).name,
    topic: view(topic),
    unit: directory.bureau(topic.orgCode)?.shortName ?? topic.orgCode,
    lead: nameOf(topic.leadDepartment),
    problems: problems.map(({ pointer, message }) => ({ href: `#t-${pointer.slice(1)}`, message })),
    errors: Object.fromEntries(
      [...Map.groupBy(problems, ({ pointer }) => pointer.slice(1))].map(([field, list]) => [
        field,
        list.map(({ message }) => message).join(''),
      ]),
    ),
    values: {
      department: value('lead', 'department', topic.leadDepartment),
      note: value('lead', 'note', topic.leadNote),
      measures: value('measures', 'measures', topic.measures),
      reason: value('close', 'reason', null),
    },
    departments: directory.departmentsOf(topic.orgCode).filter((item) => item.participates),
    weeks: weeks.map((week) => ({ ...week, label: shortDay(week.from) })),
    chart: lineChart(
      {
        id: 'chart-topic',
        title: '12 周件数',
        description: weeks.map((week) => `${shortDay(week.from)} 起的一周 ${week.n} 件`).join('；'),
      },
      weeks.map((week) => ({ label: `${Number(week.from.slice(5, 7))}/${Number(week.from.slice(8))}`, value: week.n })),
    ),
    bureaus: (await bureausOfTopic(house.sql, topic.id)).map((item) => ({
      ...item,
      name: directory.bureau(item.orgCode)?.shortName ?? item.orgCode,
    })),
    rules: await explained(house, topic),
    listHref: `/demands?behind=${encodeURIComponent(`t~${topic.id}~-~-~-~all`)}`,
    can: {
      manage: topic.status === 'OPEN' && may(actor, 'topic.manage'),
      measures:
        topic.status === 'OPEN' &&
        may(actor, 'topic.measures') &&
        mayWriteMeasures(actor, topic) &&
        topic.leadDepartment !== null,
    },
    events: timeline.map((event) => ({
      at: format.time(event.occurredAt),
      who: event.actorName,
      ...saidInHistory(event.type, event.payload, nameOf),
      report: event.type === 'topic.reported' ? `/topics/${topic.id}/reports/${String(event.payload.snapshot)}` : null,
    })),
  });
}

/** Why it became a group, with the actual values, by the version of the rule set that decided. */
async function explained(house: House, topic: Topic) {
  const ruleSet = await ruleSetVersion(house.sql, 'common-demand', topic.ruleVersion);
  if (!ruleSet) return [];
  const { explanation } = await evaluateRuleSet(ruleSet, { ...topic.facts });
  return explainInWords(ruleSet, explanation);
}

async function change(
  house: House,
  ask: Ask,
  form: string,
  run: (unit: Unit, id: string, body: Record<string, unknown>) => Promise<void>,
): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.id);
  try {
    await house.transaction(actor, (unit) => run(unit, id, req.body));
    res.redirect(303, `/topics/${encodeURIComponent(id)}?ok=topic-${form}`);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    await show(house, ask, { problems: error.problems, form, body: req.body });
  }
}

/** Heads of the leading department hear of it in working hours. */
async function tellLead(unit: Unit, topic: Topic): Promise<void> {
  const code = topic.leadDepartment!;
  const heads = unit.directory
    .usersInDepartment(code)
    .filter((user) => user.roles.includes('DEPARTMENT_HEAD'))
    .map((user) => user.login);
  const parameters = await unit.parameters({ orgCode: topic.orgCode });
  const now = unit.clock.now();
  await notify(sqlOf(unit.em), heads, {
    cause: `topic-lead:${topic.id}:${topic.revision}`,
    kind: 'topic-lead',
    title: `牵头处理共性诉求：${view(topic).name}`,
    body: `${unit.directory.department(code)?.name ?? ''}为牵头科室，共 ${topic.members} 件。请写明措施。`,
    link: `/topics/${topic.id}`,
    at: now,
    visibleAt: deliveryMoment(now, {
      window: parameters.text('sms.window'),
      isWorkday: (day) => unit.calendar.isWorkday(day, topic.orgCode),
    }),
  });
}

/** A report of the group as a paper; a report of another group is not found. */
async function paperOf(house: House, { req, actor }: Pick<Ask, 'req' | 'actor'>) {
  const topic = await seenTopic(house, actor, String(req.params.id));
  const snapshot = await findSnapshot<TopicReport>(house.sql, String(req.params.report));
  if (snapshot?.kind !== 'TOPIC' || !(await isReportOf(house, topic.id, snapshot.id)))
    throw notFound('没有找到这份专报。请回到群组页查看。');
  const directory = await house.directory();
  const { content } = snapshot;
  const blocks = topicBlocks(content, {
    unit: directory.bureau(topic.orgCode)?.name ?? '',
    lead: content.leadDepartment ? (directory.department(content.leadDepartment)?.name ?? '') : '',
    found: format.day(content.foundAt),
    at: format.time(snapshot.dataAt),
    day: format.day(snapshot.dataAt),
    version: snapshot.definitionVersion,
    bureaus: content.bureaus.map((item) => ({
      n: item.n,
      name: directory.bureau(item.orgCode)?.shortName ?? item.orgCode,
    })),
  });
  const foot = `打印人 ${actor.name}　时间 ${format.time(house.clock.now())}　核验码 ${snapshot.hash.slice(0, 8)}`;
  return {
    topic,
    blocks,
    foot,
    title: `共性诉求专报：${content.title}`,
    at: format.time(snapshot.dataAt),
    report: snapshot.id,
  };
}

async function report(house: House, ask: Ask): Promise<void> {
  ask.res.render('topics/report', { ...(await paperOf(house, ask)), problems: [], stylesheet: 'papers.css' });
}

async function reportPdf(house: House, ask: Ask): Promise<void> {
  const { blocks, foot, title } = await paperOf(house, ask);
  ask.res
    .type('application/pdf')
    .set('Content-Disposition', `inline; filename*=UTF-8''${encodeURIComponent(title)}.pdf`)
    .send(await renderPdf({ title, style: 'LETTER', blocks, foot, watermark: null }));
}

async function isReportOf(house: House, topic: string, snapshot: string): Promise<boolean> {
  const events = await readTimeline(house.sql, 'common-demand', topic);
  return events.some((event) => event.type === 'topic.reported' && event.payload.snapshot === snapshot);
}
