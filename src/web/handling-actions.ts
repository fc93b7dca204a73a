import {
  coDepartmentChoices,
  coHandlingsOf,
  coQuestionsOf,
  type Demand,
  type HandlingAction,
  levelTargets,
} from '../modules/demands/index.ts';
import type { OptionSource } from '../modules/forms/index.ts';
import type { Unit } from './house.ts';
import type { ActionText } from './pages/demand/action-text.ts';

const base = { danger: false, permission: 'demand.handle' } as const;

/** Actions on a demand in hand with other departments (R21, R22), other levels and other bodies (R23). */
export const HANDLING_ACTIONS: readonly (ActionText & { name: HandlingAction; done: string })[] = [
  {
    ...base,
    name: 'answer-co-question',
    form: 'answer-co-question',
    title: '答复征询',
    heading: '答复征询',
    button: '提交答复',
    ok: 'co-answered',
    done: '已答复',
    consequences: ['答复交给主办，由主办汇总；不对外，诉求人看不到。'],
  },
  {
    ...base,
    name: 'tell-progress',
    form: 'tell-progress',
    title: '登记进展告知',
    heading: '登记进展告知',
    button: '登记告知',
    ok: 'progress-told',
    done: '已登记',
    consequences: ['时间轴留下告知记录；下一次告知的期限从这次告知起算。'],
  },
  {
    ...base,
    name: 'ask-co-department',
    form: 'ask-co-department',
    title: '征询协办',
    heading: '征询协办',
    button: '发出征询',
    ok: 'co-asked',
    done: '已征询',
    consequences: ['协办部门在工作时间收到；办结期限和协办期限都不变。'],
  },
  {
    ...base,
    name: 'add-co-department',
    form: 'add-co-department',
    title: '增加协办',
    heading: '增加协办',
    button: '增加协办',
    ok: 'co-added',
    done: '已增加',
    consequences: [
      '它收到后自己的协办期限起算；整体办结期限不变。',
      '原来是单部门办理的，从此按联合办理：延期由本级主要领导审批。',
    ],
  },
  {
    ...base,
    name: 'release-co-department',
    form: 'release-co-department',
    title: '解除协办',
    heading: '解除协办',
    button: '解除协办',
    ok: 'co-released',
    done: '已解除',
    consequences: ['它的协办任务收回，协办期限停止；已写的意见保留，理由留痕。'],
  },
  {
    ...base,
    name: 'report-up',
    form: 'report-up',
    title: '上报上级',
    heading: '确定上报上级吗？',
    button: '确定上报',
    ok: 'reported-up',
    done: '已上报',
    consequences: [
      '本级的办结期限停止，记下实际用时；上级自收到起另计办结期限。',
      '主办和反馈义务转给上级；没有批完的延期、没有答复的协办收回；列了协办的，上级按联合办理。',
      '两级纳服台账自动留痕并收到通知；你仍可查看此件。',
    ],
  },
  {
    ...base,
    name: 'send-back',
    form: 'send-back',
    title: '退回下级',
    heading: '确定退回下级吗？',
    button: '确定退回',
    ok: 'sent-back',
    done: '已退回',
    consequences: [
      '退给上报的部门，附上口径；它自收到起另计办结期限，由它办理和反馈。',
      '两级纳服台账自动留痕并收到通知。',
    ],
  },
  {
    ...base,
    name: 'send-down',
    form: 'send-down',
    title: '转交下级',
    heading: '确定转交下级吗？',
    button: '确定转交',
    ok: 'sent-down',
    done: '已转交',
    consequences: [
      '本级的办结期限停止，记下实际用时；下级自收到起另计办结期限。',
      '主办和反馈义务转给下级；列了协办的，按联合办理。',
      '两级纳服台账自动留痕并收到通知；你仍可查看此件。',
    ],
  },
  {
    ...base,
    name: 'send-external',
    form: 'send-external',
    title: '送外单位',
    heading: '送外单位',
    button: '登记送出',
    ok: 'external-sent',
    done: '已登记',
    consequences: [
      '主办不变，办结期限照走；到跟办日提醒你去问，答复在“跟办外单位”任务里登记。',
      '只把勾选的字段提供给对方，其余不出系统。',
    ],
  },
];

export const handlingAction = (name: string) => HANDLING_ACTIONS.find((action) => action.name === name);

const WHY = { SUGGESTED: '规则建议', COUNTERPART: '对口', COORDINATED: '' } as const;

/** Options of the forms above for one demand, as its host, its level and its parts stand. */
export async function handlingOptions(unit: Unit, demand: Demand): Promise<OptionSource> {
  const { directory, actor } = unit;
  const name = (code: string) => {
    const found = directory.department(code);
    if (!found) return code;
    return found.orgCode === demand.hostOrgCode
      ? found.name
      : `${directory.bureau(found.orgCode)?.shortName ?? ''} ${found.name}`;
  };
  const option = (code: string) => ({ value: code, label: name(code) });
  const parts = await coHandlingsOf(unit, demand.id);
  const open = parts.filter((part) => part.status === 'OPEN').map((part) => part.department);
  const present = parts.filter((part) => ['OPEN', 'DONE'].includes(part.status)).map((part) => part.department);
  const host = demand.hostDepartment ?? '';
  const targets = (direction: 'UP' | 'DOWN') =>
    levelTargets(directory, demand, direction).map(({ department, why }) => ({
      value: department.code,
      label: `${name(department.code)}${WHY[why] ? `（${WHY[why]}）` : ''}`,
    }));
  const below = directory.bureaus().filter((bureau) => bureau.parent === demand.hostOrgCode);
  const above = directory.superiorBureau(demand.hostOrgCode);
  return {
    coDepartmentChoices: coDepartmentChoices(directory, demand, host)
      .filter((department) => !open.includes(department.code))
      .map((department) => option(department.code)),
    openCoDepartments: [...new Set(open)].map(option),
    presentCoDepartments: [...new Set(present)].map(option),
    openCoQuestions: (await coQuestionsOf(unit, demand.id))
      .filter((question) => !question.answeredAt && actor.departments.includes(question.department))
      .map((question) => ({ value: question.id, label: `${question.question}（${question.replyBy} 前）` })),
    levelTargets: [...targets('UP'), ...targets('DOWN')],
    levelCoDepartments: [...(above ? [above] : []), ...below]
      .flatMap((bureau) => directory.departmentsOf(bureau.code))
      .filter((department) => department.participates && department.code !== demand.reportedDepartment)
      .map((department) => option(department.code)),
  };
}
