import { sqlOf } from '../../../db/orm.ts';
import type { CoHandling, CoQuestion, Demand, LevelShift, Work } from '../../demands/index.ts';
import { notify } from '../../notifications/index.ts';
import { tellingMoment } from '../telling-moment.ts';

interface Told {
  cause: string;
  title: string;
  body: string;
  orgCode: string;
}

/** One message to people of one bureau, in its working hours; whoever has to stay out (回避) is left out. */
async function tell(work: Work, demand: Demand, logins: readonly string[], told: Told): Promise<number> {
  return notify(
    sqlOf(work.em),
    logins.filter((login) => login !== work.actor.login && !demand.recusedLogins.includes(login)),
    {
      cause: told.cause,
      kind: 'HANDLING',
      title: told.title,
      body: told.body,
      link: `/demands/${demand.number}`,
      demandId: demand.id,
      at: work.clock.now(),
      visibleAt: await tellingMoment(work, told.orgCode),
    },
  );
}

const members = (work: Work, department: string): string[] =>
  work.directory.usersInDepartment(department).map((user) => user.login);
const desks = (work: Work, orgCode: string): string[] =>
  work.directory.usersWithRole(orgCode, 'DEMAND_DESK').map((user) => user.login);
const nameOf = (work: Work, department: string): string => {
  const found = work.directory.department(department);
  return found ? `${work.directory.bureau(found.orgCode)?.shortName ?? ''}${found.name}` : department;
};

const SHIFTED: Record<string, string> = { UP: '上报', DOWN: '转交', BACK: '退回' };

/** Both tax services are told of a level shift (R23 ① 自动抄两级纳服), and the one that registered it. The new host has a task of its own. */
export async function tellLevelShift(work: Work, demand: Demand, shift: LevelShift, cause: string): Promise<void> {
  const what = `${demand.number} 已由${nameOf(work, shift.fromDepartment)}${SHIFTED[shift.direction]}${nameOf(work, shift.toDepartment)}`;
  for (const orgCode of new Set([shift.fromOrgCode, shift.toOrgCode, demand.orgCode]))
    await tell(work, demand, desks(work, orgCode), {
      cause: `level-shift:${cause}`,
      title: what,
      body: '台账已更新。由新的主办部门办理和反馈，办结期限自收到起另计。',
      orgCode,
    });
}

/** The result goes to the tax service that registered the demand as well, where another level has handled it (R24 ②). */
export async function tellPush(work: Work, demand: Demand, cause: string): Promise<void> {
  if (demand.orgCode === demand.hostOrgCode) return;
  await tell(work, demand, desks(work, demand.orgCode), {
    cause: `push:${cause}`,
    title: `${demand.number} 办理结果已推送`,
    body: `由${nameOf(work, demand.hostDepartment ?? '')}办结并反馈诉求人。`,
    orgCode: demand.orgCode,
  });
}

export async function tellQuestion(work: Work, demand: Demand, question: CoQuestion): Promise<void> {
  await tell(work, demand, members(work, question.department), {
    cause: `co-question:${question.id}`,
    title: `${demand.number} 主办征询协办意见`,
    body: `请在 ${question.replyBy} 前答复。`,
    orgCode: work.directory.department(question.department)?.orgCode ?? demand.hostOrgCode,
  });
}

export async function tellAnswer(work: Work, demand: Demand, question: CoQuestion): Promise<void> {
  await tell(work, demand, [question.askedBy, ...members(work, demand.hostDepartment ?? '')], {
    cause: `co-answer:${question.id}`,
    title: `${demand.number} ${nameOf(work, question.department)}已答复征询`,
    body: '答复在诉求件“协办”一栏。',
    orgCode: demand.hostOrgCode,
  });
}

/** The host learns that an opinion is there; nobody has to look for it. */
export async function tellOpinion(work: Work, demand: Demand, part: CoHandling): Promise<void> {
  await tell(work, demand, members(work, demand.hostDepartment ?? ''), {
    cause: `co-opinion:${part.id}`,
    title: `${demand.number} ${nameOf(work, part.department)}已提交协办意见`,
    body: '意见在诉求件“协办”一栏，供主办汇总，不对外。',
    orgCode: demand.hostOrgCode,
  });
}

export async function tellRelease(work: Work, demand: Demand, part: CoHandling): Promise<void> {
  await tell(work, demand, members(work, part.department), {
    cause: `co-release:${part.id}`,
    title: `${demand.number} 已解除协办`,
    body: `理由：${part.endReason ?? ''}。不用再办；已写的意见保留。`,
    orgCode: work.directory.department(part.department)?.orgCode ?? demand.hostOrgCode,
  });
}

/** Beyond the soft cap the tax service of the bureau above gets a copy (R22 ① 超过再报批并抄市局). */
export async function tellSuperior(work: Work, demand: Demand, cause: string, dueDate: string): Promise<boolean> {
  const above = work.directory.superiorBureau(demand.hostOrgCode);
  if (!above) return false;
  await tell(work, demand, desks(work, above.code), {
    cause: `extension-copy:${cause}`,
    title: `${demand.number} 联合办理延期超过软上限，抄送`,
    body: `${nameOf(work, demand.hostDepartment ?? '')}主办，经主要领导批准延到 ${dueDate}。`,
    orgCode: above.code,
  });
  return true;
}
