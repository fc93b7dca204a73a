import type { FieldProblem } from '../../kernel/errors.ts';
import type { Department } from '../org/index.ts';
import type { Work } from './context.ts';
import { DemandEntity } from './entities.ts';
import { phoneProblem } from './read-phone.ts';
import type { RegisterInput } from './registration-input.ts';

const YEAR_MS = 366 * 24 * 3600_000;

/** What the form cannot know by itself: who must be named, told and asked, and times that cannot be. Every wrong field is named at once. */
export async function checkRegistration(
  work: Work,
  input: RegisterInput,
  now: Date,
): Promise<{ department: Department | undefined; problems: FieldProblem[] }> {
  const department = work.directory.department(input.registeringDepartment ?? work.actor.departmentCode);
  const problems = [
    ...taxpayerProblems(input),
    ...noticeProblems(input, now),
    ...departmentProblems(work, input, department),
    ...timeProblems(input, now),
    ...(await duplicateProblems(work, input)),
  ];
  return { department, problems };
}

export const momentOf = (text: string | undefined): Date | null => (text ? new Date(text) : null);

/** The six items of R9 (P4.1.1); an anonymous demand has a reason instead of name and contact. */
function taxpayerProblems(input: RegisterInput): FieldProblem[] {
  const need = needs(input);
  if (input.anonymous) return need('anonymousReason', '选了“匿名或无联系方式”，请选原因。');
  const wrong = input.contactPhone ? phoneProblem(input.contactPhone) : undefined;
  return [
    ...need('contactPhone', '“联系电话”还没有填写；没有电话的，请选“匿名或无联系方式”并选原因。'),
    ...(wrong ? [{ pointer: '/contactPhone', message: wrong }] : []),
    ...need('taxpayerName', '“纳税人名称（姓名）”还没有填写；诉求人不愿留名的，请选“匿名或无联系方式”并选原因。'),
  ];
}

/** R12: answered on the spot means there is an answer. R13, R14 (P4.1.2): otherwise the taxpayer is told why not. */
function noticeProblems(input: RegisterInput, now: Date): FieldProblem[] {
  const need = needs(input);
  if (input.intakeChoice === 'ON_THE_SPOT') return need('answerContent', '选了“当场答复”，请填写答复内容。');
  if (input.intakeChoice !== 'COMPLEX' && input.intakeChoice !== 'OTHER_DEPARTMENT') return [];
  const told = momentOf(input.noticeAt);
  return [
    ...need('noticeMethod', '不能当场答复的，请填写告知诉求人的方式。'),
    ...need('noticeContent', '不能当场答复的，请填写告知诉求人的内容。'),
    ...(told && told > now
      ? [{ pointer: '/noticeAt', message: '告知时间晚于现在。请填已经告知的时间；还没有告知的，先告知再登记。' }]
      : []),
  ];
}

function departmentProblems(work: Work, input: RegisterInput, department: Department | undefined): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!department) problems.push({ pointer: '/registeringDepartment', message: '没有这个首接部门，请重新选择。' });
  else if (department.orgCode !== work.actor.orgCode)
    problems.push({
      pointer: '/registeringDepartment',
      message: '只能登记本单位部门首接的诉求；其他单位的请由该单位登记。',
    });
  if (input.reportedDepartment && !work.directory.department(input.reportedDepartment))
    problems.push({ pointer: '/reportedDepartment', message: '没有这个被反映部门，请重新选择。' });
  if (input.proposal && !work.directory.department(input.proposal.department))
    problems.push({ pointer: '/proposedHost', message: '没有这个部门，请重新选择建议主办。' });
  if (input.proposal?.by === 'PERSON' && !input.proposal.reason?.trim())
    problems.push({ pointer: '/proposalReason', message: '另选了主办部门，请写明理由。' });
  return problems;
}

function timeProblems(input: RegisterInput, now: Date): FieldProblem[] {
  const received = momentOf(input.receivedAt);
  const external = momentOf(input.externalDueAt);
  const problems: FieldProblem[] = [];
  if (received && received > now)
    problems.push({ pointer: '/receivedAt', message: '来件时间晚于现在。请填诉求人来电、来件的实际时间。' });
  else if (received && +now - +received > YEAR_MS)
    problems.push({ pointer: '/receivedAt', message: '来件时间在一年以前。请核对年份。' });
  if (external && +external < +(received ?? now) - 24 * 3600_000)
    problems.push({ pointer: '/externalDueAt', message: '外部期限早于来件时间。请核对工单上要求办结的日期。' });
  if (input.knownAt && new Date(`${input.knownAt}T00:00:00+08:00`) > now)
    problems.push({ pointer: '/knownAt', message: '送达或知道日期晚于今天，请核对。' });
  return problems;
}

async function duplicateProblems(work: Work, input: RegisterInput): Promise<FieldProblem[]> {
  if (!input.duplicateOf) return [];
  const earlier = await work.em.findOne(DemandEntity, { number: input.duplicateOf });
  return earlier && !earlier.restricted && !earlier.voidedAt
    ? []
    : [{ pointer: '/duplicateOf', message: `没有找到可以并入的诉求 ${input.duplicateOf.slice(0, 40)}，请重新选择。` }];
}

const needs =
  (input: RegisterInput) =>
  (field: keyof RegisterInput, message: string): FieldProblem[] =>
    input[field] ? [] : [{ pointer: `/${field}`, message }];
