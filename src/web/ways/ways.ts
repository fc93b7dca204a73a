import type { Permission } from '../../modules/access/index.ts';
import {
  askSupplement,
  checkDeferral,
  type Demand,
  giveSupplement,
  logContact,
  mergeDemand,
  otherCategoriesOf,
  recategorise,
  redirectDemand,
  reopenDemand,
  reportDeferral,
  requestDeferral,
  requestResume,
  requestReturn,
  revokeWriteOff,
  type Way,
} from '../../modules/demands/index.ts';
import type { Values } from '../../modules/forms/index.ts';
import { passOnTasks } from '../../modules/supervision/index.ts';
import type { Unit } from '../house.ts';

export type WayName = Exclude<Way, 'split'> | 'pass-on';

/** One way a demand may go besides the straight one: what its page says, where the API has it, and what it does. */
export interface WayText {
  name: WayName;
  form: string;
  title: string;
  heading: string;
  button: string;
  danger: boolean;
  permission: Permission;
  ok: string;
  consequences: readonly string[];
  /** Below `/demands/:number`. */
  api: string;
  scope: string;
  perform(unit: Unit, demand: Demand, values: any): Promise<unknown>;
}

const HOST = '主办部门';
const DESK = '本单位纳服';

/** In the order their links appear. Splitting has a page of its own. */
export const WAY_TEXTS: readonly WayText[] = [
  {
    name: 'contact',
    form: 'log-contact',
    title: '登记联系',
    heading: '登记联系',
    button: '登记联系',
    danger: false,
    permission: 'demand.host',
    ok: 'contacted',
    consequences: ['时间轴上留下一条对外联系；不是反馈，不影响办结期限。', '第一次联系的时间计入响应率。'],
    api: 'contacts',
    scope: HOST,
    perform: (unit, demand, values) => logContact(unit, demand.id, values),
  },
  {
    name: 'return',
    form: 'request-return',
    title: '退单',
    heading: '确定退单吗？',
    button: '确定退单',
    danger: false,
    permission: 'demand.host',
    ok: 'returned',
    consequences: [
      '每件只能退单一次，且在收到后 1 个工作日内。被驳回即为审定派单，不能再退。',
      '审核期间办结期限照走；同意的，由纳服重新派单。',
    ],
    api: 'returns',
    scope: HOST,
    perform: (unit, demand, values) => requestReturn(unit, demand.id, values),
  },
  {
    name: 'defer',
    form: 'request-deferral',
    title: '申请挂账',
    heading: '申请挂账',
    button: '提交申请',
    danger: false,
    permission: 'demand.host',
    ok: 'deferral',
    consequences: [
      '由规则判断谁来批准：县局是纳服负责人，市局是分管局领导。批准以前办结期限照走；没有批完的延期申请随之收回。',
      '批准后记入挂账台账，到复核日由责任人复核；满 1 年由主要领导再确认。不计办结，也不计逾期。',
      '阶段性答复作为对外联系记在时间轴上；诉求人查询看到“已记录，待条件成熟”。',
    ],
    api: 'deferrals',
    scope: HOST,
    async perform(unit, demand, values) {
      await checkDeferral(unit, demand.id, values);
      return requestDeferral(unit, demand.id, values);
    },
  },
  {
    name: 'ask-supplement',
    form: 'ask-supplement',
    title: '请求补充',
    heading: '请求补充',
    button: '请求补充',
    danger: false,
    permission: 'demand.host',
    ok: 'supplement-asked',
    consequences: ['受理部门收到消息，联系诉求人补充。', '办结期限照走，不停钟（参数另有规定的除外）。'],
    api: 'supplement-requests',
    scope: HOST,
    perform: (unit, demand, values) => askSupplement(unit, demand.id, values),
  },
  {
    name: 'supplement',
    form: 'give-supplement',
    title: '登记补充材料',
    heading: '登记补充材料',
    button: '登记补充',
    danger: false,
    permission: 'demand.supplement',
    ok: 'supplemented',
    consequences: ['主办部门收到消息；补充的内容在此件页上，期限照常计算。'],
    api: 'supplements',
    scope: '同诉求件',
    perform: (unit, demand, values) => giveSupplement(unit, demand.id, values),
  },
  {
    name: 'resume',
    form: 'resume-deferral',
    title: '恢复办理',
    heading: '确定恢复办理吗？',
    button: '确定恢复办理',
    danger: false,
    permission: 'demand.host',
    ok: 'resumed',
    consequences: ['离开挂账台账，送回主办部门。', '办结期限自送达重新起算。'],
    api: 'resumption',
    scope: '责任人、主办部门、本单位纳服',
    perform: (unit, demand, values) => requestResume(unit, demand.id, values),
  },
  {
    name: 'report-deferral',
    form: 'report-deferral',
    title: '上报',
    heading: '登记挂账上报',
    button: '登记上报',
    danger: false,
    permission: 'demand.host',
    ok: 'reported',
    consequences: ['上报情况记在挂账台账和时间轴上；复核日不变。'],
    api: 'deferral-reports',
    scope: '责任人、主办部门、本单位纳服',
    perform: (unit, demand, values) => reportDeferral(unit, demand.id, values),
  },
  {
    name: 'pass-on',
    form: 'pass-on',
    title: '转派',
    heading: '部门内转派',
    button: '转派',
    danger: false,
    permission: 'task.pass-on',
    ok: 'passed-on',
    consequences: ['本部门在这件上的任务交给所选的同事，期限不变。', '原来的人写的草稿还在，只有本人看得到。'],
    api: 'reassignment',
    scope: '本部门',
    perform: (unit, demand, values) => passOnTasks(unit, demand.id, values),
  },
  {
    name: 'redirect',
    form: 'redirect-demand',
    title: '改派',
    heading: '确定改派吗？',
    button: '确定改派',
    danger: false,
    permission: 'demand.rearrange',
    ok: 'redirected',
    consequences: [
      '现主办部门的办理任务收回，新主办部门立即收到，办结期限自新的送达起算。',
      '自登记起累计的时长照算，超过参数规定的提级；改派计入误派率。',
    ],
    api: 'redirection',
    scope: DESK,
    perform: (unit, demand, values) => redirectDemand(unit, demand.id, values),
  },
  {
    name: 'recategorise',
    form: 'recategorise-demand',
    title: '更正类别',
    heading: '更正类别',
    button: '更正类别',
    danger: false,
    permission: 'demand.rearrange',
    ok: 'recategorised',
    consequences: [
      '原来的类别、标签和更正理由留在时间轴上；统计按更正后的类别。',
      '主办部门和办结期限不变；要换部门的，请用“改派”。',
    ],
    api: 'category',
    scope: DESK,
    perform: (unit, demand, values) => recategorise(unit, demand.id, values),
  },
  {
    name: 'merge',
    form: 'merge-demand',
    title: '并单',
    heading: '确定并单吗？',
    button: '确定并单',
    danger: false,
    permission: 'demand.rearrange',
    ok: 'merged',
    consequences: [
      '此件并入主件：两次来件都保留，主件期限不重新计算，诉求人收到一次答复。',
      '此件的任务收回、期限停止；编号、页面和查询码保留，查到的是主件的进展。',
      '多人反映同一事项的不并单，请加入共性诉求群组，各自反馈。',
    ],
    api: 'merge',
    scope: DESK,
    perform: (unit, demand, values) =>
      mergeDemand(unit, demand.id, { mainNumber: String(values.mainNumber), sameMatter: values.sameMatter === true }),
  },
  {
    name: 'reopen',
    form: 'reopen-demand',
    title: '重新打开',
    heading: '重新打开',
    button: '重新打开',
    danger: false,
    permission: 'demand.rearrange',
    ok: 'reopened',
    consequences: ['编号和历史不变，送主办部门重新办理，办结期限自送达重新起算。', '办结后重新反馈、回访、销号。'],
    api: 'reopening',
    scope: DESK,
    perform: (unit, demand, values) => reopenDemand(unit, demand.id, values),
  },
  {
    name: 'revoke-write-off',
    form: 'revoke-write-off',
    title: '撤销销号',
    heading: '确定撤销销号吗？',
    button: '确定撤销销号',
    danger: true,
    permission: 'demand.revoke-write-off',
    ok: 'write-off-revoked',
    consequences: ['回到对账销号，由纳服重新核对；编号、页面和全部经过保留。', '需要重新办理的，请用“重新打开”。'],
    api: 'write-off-revocation',
    scope: '本单位纳服负责人',
    perform: (unit, demand, values) => revokeWriteOff(unit, demand.id, values),
  },
];

export const wayOf = (name: string): WayText | undefined => WAY_TEXTS.find((way) => way.name === name);

/** What the form of a way begins with: a duplicate found elsewhere is already named. */
export const wayBeginning = (name: string, demand: Demand, query: Record<string, unknown>): Values => {
  if (name === 'merge' && typeof query.main === 'string') return { mainNumber: query.main.slice(0, 40) };
  if (name === 'recategorise')
    return { category: demand.category, otherCategories: otherCategoriesOf(demand), tags: demand.tags };
  if (name === 'reopen' && demand.hostDepartment) return { hostDepartment: demand.hostDepartment };
  return {};
};
