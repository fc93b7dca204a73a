import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, type FieldProblem, illegalTransition, invalid, notFound } from '../../../kernel/errors.ts';
import { type Demand, isClosed, lockDemand, startSupervision, statusTitle, type Work } from '../../demands/index.ts';
import { appendEvent } from '../../history/index.ts';
import { notify } from '../../notifications/index.ts';
import { tellingMoment } from '../telling-moment.ts';
import { isLevel, LEVELS, type Level, peopleOf, type Ruling, rankOf } from './levels.ts';
import { readSupervision, type Supervision } from './read-supervision.ts';
import { supervisionFacts } from './supervision-facts.ts';

/** Of the people a message would go to, those who may know of the demand; handed in by who knows tasks and scopes. */
export type Knowing = (work: Work, demand: Demand, logins: readonly string[]) => Promise<string[]>;

export interface Trigger {
  ruleId: string | null;
  title: string;
  version: number | null;
  overdueDays: number;
  /** The reason of somebody who supervises without a rule. */
  byHand?: string;
}

/**
 * Does what the rule set `supervision` says of a demand: reminds and urges by message, issues a card, or raises the one there is.
 * The same level twice changes nothing.
 */
export async function carryOutRuling(
  work: Work,
  demandId: string,
  ruling: Ruling,
  trigger: Trigger,
  knowing: Knowing,
): Promise<void> {
  const demand = await lockDemand(work, demandId);
  if (ruling.level === 'NONE' || isClosed(demand) || demand.status === 'WITHDRAWN' || !demand.hostDepartment) return;
  // A restricted demand is open to named posts only: those of them whom the rule names are told, with the desk, and no card goes round.
  if (isLevel(ruling.level) && !demand.restricted) {
    await issueOrRaise(work, demand, ruling.level, ruling, trigger);
    return;
  }
  const title = isLevel(ruling.level)
    ? `够得上${LEVELS[ruling.level]}`
    : ruling.level !== 'URGING'
      ? '临近到期'
      : trigger.overdueDays > 0
        ? '已过期限，请尽快处理'
        : '今日到期，请尽快办理';
  const codes = `${ruling.recipients},${ruling.copies}${demand.restricted ? ',TAX_SERVICE' : ''}`;
  const named = peopleOf(work, demand, codes);
  const people = demand.restricted ? await knowing(work, demand, named) : named;
  await tell(work, demand, people, {
    cause: `supervision:${demand.id}:${ruling.level}:${shanghaiDate(work.clock.now())}`,
    title: `${demand.number} ${title}`,
    body: `要求：${ruling.requirement}。`,
  });
  await appendEvent(sqlOf(work.em), {
    subjectType: 'demand',
    subjectId: demand.id,
    type: 'supervision.urged',
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload: { level: ruling.level, rule: trigger.title },
  });
}

/** Asks the rules about a demand for a cause that is not a clock (重办仍不满意、推诿). */
export async function considerSupervision(work: Work, demandId: string, knowing: Knowing): Promise<void> {
  const demand = await lockDemand(work, demandId);
  const facts = await supervisionFacts(work, demand, undefined);
  const advice = await work.advise('supervision', facts, shanghaiDate(work.clock.now()));
  const trigger = { ruleId: null, title: advice.reason, version: advice.version, overdueDays: 0 };
  await carryOutRuling(work, demandId, advice.outcome as unknown as Ruling, trigger, knowing);
}

async function issueOrRaise(
  work: Work,
  demand: Demand,
  level: Level,
  ruling: Pick<Ruling, 'recipients' | 'copies' | 'requirement'>,
  trigger: Trigger,
): Promise<Supervision | undefined> {
  const sql = sqlOf(work.em);
  const now = work.clock.now();
  const people = peopleOf(work, demand, `${ruling.recipients},${ruling.copies}`);
  const days = (await work.parameters({ orgCode: demand.hostOrgCode })).number('supervision.answer_days');
  const answerBy = work.calendar.addWorkingDays(shanghaiDate(now), days, demand.hostOrgCode).dueDate;
  const [open] = await sql.query<any>(
    `select * from supervision where demand_id = $1 and status <> 'LIFTED' for update`,
    [demand.id],
  );
  if (open && rankOf(open.level) >= rankOf(level)) return undefined;
  const [row] = open
    ? await sql.query<any>(
        `update supervision set level = $2, rule_id = $3, rule_title = $4, rule_version = $5, overdue_days = $6, requirement = $7, answer_by = $8,
           raised_at = $9, told = $10 where id = $1 returning *`,
        [
          open.id,
          level,
          trigger.ruleId,
          trigger.title,
          trigger.version,
          trigger.overdueDays,
          ruling.requirement,
          answerBy,
          now.toISOString(),
          people,
        ],
      )
    : await sql.query<any>(
        `insert into supervision (id, number, org_code, demand_id, department_code, level, status, rule_id, rule_title, rule_version, overdue_days,
           requirement, answer_by, issued_by, issued_by_name, issued_at, told)
         values ($1, $2, $3, $4, $5, $6, 'ISSUED', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) returning *`,
        [
          work.ids.uuid(),
          await nextNumber(work, demand.hostOrgCode),
          demand.hostOrgCode,
          demand.id,
          demand.hostDepartment,
          level,
          trigger.ruleId,
          trigger.title,
          trigger.version,
          trigger.overdueDays,
          ruling.requirement,
          answerBy,
          work.actor.login,
          work.actor.name,
          now.toISOString(),
          people,
        ],
      );
  const card = readSupervision(row);
  await tell(work, demand, people, {
    cause: `supervision:${card.id}:${level}`,
    title: `${LEVELS[level]} ${card.number}：${demand.number}`,
    body: `触发：${trigger.title}。要求：${ruling.requirement}，${answerBy} 前回复。`,
  });
  await appendEvent(sql, {
    subjectType: 'demand',
    subjectId: demand.id,
    type: open ? 'supervision.raised' : 'supervision.issued',
    occurredAt: now,
    actor: work.actor,
    payload: {
      number: card.number,
      level,
      // What a rule says is the program's; what somebody gave as a reason is sealed with all that is written by hand.
      ...(trigger.byHand ? { rule: '人工', reason: trigger.byHand } : { rule: trigger.title }),
      version: trigger.version,
      notified: people.length,
    },
  });
  if (!open) await startSupervision(work, { supervisionId: card.id, demandId: demand.id });
  return card;
}

async function nextNumber(work: Work, orgCode: string): Promise<string> {
  const year = Number(shanghaiDate(work.clock.now()).slice(0, 4));
  const [row] = await sqlOf(work.em).query<{ last: number }>(
    `insert into supervision_number (org_code, year, last) values ($1, $2, 1)
     on conflict (org_code, year) do update set last = supervision_number.last + 1 returning last`,
    [orgCode, year],
  );
  return `HP-${year}-${String(row!.last).padStart(4, '0')}`;
}

/** Recipients of a card by hand are those the rules name for the level. */
const BY_HAND: Record<Level, Pick<Ruling, 'recipients' | 'copies'>> = {
  YELLOW: { recipients: 'HOST,DEPARTMENT_HEAD,TAX_SERVICE_HEAD', copies: 'DEPUTY_IN_CHARGE' },
  RED: { recipients: 'DEPUTY_IN_CHARGE,HOST,DEPARTMENT_HEAD,TAX_SERVICE_HEAD', copies: 'DISCIPLINE,SUPERVISOR' },
  ESCALATION: {
    recipients: 'CHIEF,HOST,DEPARTMENT_HEAD',
    copies: 'DEPUTY_IN_CHARGE,TAX_SERVICE_HEAD,DISCIPLINE,SUPERIOR',
  },
};

/** Tax service or supervision issues a card by hand, or raises the one there is (发出督办、提级督办), with a reason. */
export async function superviseByHand(
  work: Work,
  demandId: string,
  input: { level: string; reason: string; requirement: string },
): Promise<Supervision> {
  const problems: FieldProblem[] = [];
  if (!isLevel(input.level)) problems.push({ pointer: '/level', message: '还没有选“督办级别”。' });
  if (!input.reason.trim()) problems.push({ pointer: '/reason', message: '“督办原因”还没有填写。' });
  if (!input.requirement.trim())
    problems.push({ pointer: '/requirement', message: '“要求”还没有填写。请写明要做什么。' });
  for (const [name, label, most] of [
    ['reason', '督办原因', 200],
    ['requirement', '要求', 300],
  ] as const)
    if ([...input[name].trim()].length > most)
      problems.push({
        pointer: `/${name}`,
        message: `“${label}”最多 ${most} 个字，现在 ${[...input[name].trim()].length} 个。请写短一些。`,
      });
  if (problems.length > 0) throw invalid('督办没有发出。', problems);
  const demand = await lockDemand(work, demandId);
  if (isClosed(demand) || demand.status === 'WITHDRAWN' || !demand.hostDepartment)
    throw illegalTransition(
      `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，${demand.hostDepartment ? '已经了结' : '还没有主办部门'}，不能督办。`,
    );
  if (demand.restricted) throw illegalTransition('限定可见的件不发督办单。请直接与指定的承办岗位联系。');
  const level = input.level as Level;
  const card = await issueOrRaise(
    work,
    demand,
    level,
    { ...BY_HAND[level], requirement: input.requirement.trim() },
    {
      ruleId: null,
      title: `人工：${input.reason.trim()}`,
      version: null,
      overdueDays: 0,
      byHand: input.reason.trim(),
    },
  );
  if (!card)
    throw conflict('这件诉求已经有同级或更高级别的督办。需要加重的，请选更高的级别。', {
      reason: 'supervised-already',
    });
  return card;
}

async function tell(
  work: Work,
  demand: Demand,
  people: readonly string[],
  message: { cause: string; title: string; body: string },
): Promise<void> {
  await notify(sqlOf(work.em), people, {
    ...message,
    kind: 'SUPERVISION',
    link: `/demands/${demand.number}`,
    demandId: demand.id,
    at: work.clock.now(),
    visibleAt: await tellingMoment(work, demand.hostOrgCode),
  });
}

/** The open card of a demand, locked. */
export async function openSupervision(work: Work, demandId: string): Promise<Supervision> {
  const [row] = await sqlOf(work.em).query<any>(
    `select * from supervision where demand_id = $1 and status <> 'LIFTED' for update`,
    [demandId],
  );
  if (!row) throw notFound('这件诉求没有要办的督办。可能已经解除，请刷新查看。');
  return readSupervision(row);
}
