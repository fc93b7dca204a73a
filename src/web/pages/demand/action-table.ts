import { HANDLING_ACTIONS } from '../../handling-actions.ts';
import { WAY_TEXTS } from '../../ways/ways.ts';
import { LEGAL_ACTIONS } from '../legal/actions.ts';
import type { ActionText } from './action-text.ts';

export type { ActionText };

/** Actions on a demand besides its tasks, in the order their links appear. */
export const ACTIONS: readonly ActionText[] = [
  {
    name: 'extend',
    form: 'request-extension',
    title: '申请延期',
    heading: '申请延期',
    button: '提交申请',
    danger: false,
    permission: 'demand.request-extension',
    ok: 'extension',
    consequences: [],
  },
  {
    name: 'urge',
    form: 'urge-demand',
    title: '催办',
    heading: '催办',
    button: '发出催办',
    danger: false,
    permission: 'demand.urge',
    ok: 'urged',
    consequences: ['手上有任务的人在工作时间收到这段话，同一任务一天催一次。', '时间轴上留下一条催办记录；期限不变。'],
  },
  ...HANDLING_ACTIONS,
  ...LEGAL_ACTIONS,
  ...WAY_TEXTS,
  {
    name: 'withdraw',
    form: 'withdraw-demand',
    title: '诉求人撤回',
    heading: '确定登记诉求人撤回吗？',
    button: '确定撤回',
    danger: false,
    permission: 'demand.withdraw',
    ok: 'withdrawn',
    consequences: [
      '没有办完的任务全部收回，期限停止。',
      '由纳服核对撤回并销号；编号、内容和办理记录都保留。',
      '只登记诉求人本人的意愿，不能为了办结而劝其撤回。',
    ],
  },
  {
    name: 'void',
    form: 'void-demand',
    title: '作废',
    heading: '确定作废这件诉求吗？',
    button: '确定作废',
    danger: true,
    permission: 'demand.void',
    ok: 'voided',
    consequences: [
      '流程停止，没有办完的任务全部收回，不能恢复。',
      '编号、内容和记录都保留，台账上显示“已作废”和理由。',
      '只用于登记有误的件；诉求人不想办了的，请登记“诉求人撤回”。',
    ],
  },
];
