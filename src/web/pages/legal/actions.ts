import {
  answerLegalQuestions,
  appealUnreasonable,
  type Demand,
  type DemandAction,
  legalAnswersOf,
  proposeUnreasonable,
  requestLegalRoute,
} from '../../../modules/demands/index.ts';
import type { Values } from '../../../modules/forms/index.ts';
import type { Unit } from '../../house.ts';
import type { ActionText } from '../demand/action-text.ts';

/** Actions on a demand that lead to statutory routes (R20). */
export const LEGAL_ACTIONS: readonly ActionText[] = [
  {
    name: 'divert',
    form: 'request-legal-route',
    title: '转法定途径',
    heading: '转法定途径',
    button: '提交转出',
    danger: false,
    permission: 'demand.divert',
    ok: 'diverted',
    consequences: [
      '由那个途径的指定岗位确认：复议、听证、诉讼、赔偿是法制岗，线索是纪检岗，检举是检举管理岗，其余是纳服。',
      '办理任务收回，办结期限照走；移送或告知以后才停。确认不是法定途径的，回到派单。',
      '检举、纪检、投诉和复议转出后限定可见，你可能不再看得到此件。',
    ],
  },
  {
    name: 'answer-legal',
    form: 'answer-legal-questions',
    title: '回答救济问题',
    heading: '回答救济问题',
    button: '保存回答',
    danger: false,
    permission: 'demand.ask-legal',
    ok: 'legal-answered',
    consequences: [
      '只是咨询、与法律救济无关的，可以照常派单。',
      '口头提出或已交书面申请的，补齐文书号、作出机关、送达日期后转法定途径。',
    ],
  },
  {
    name: 'propose-unreasonable',
    form: 'propose-unreasonable',
    title: '认定不合理诉求',
    heading: '提出不合理诉求认定',
    button: '提出认定',
    danger: false,
    permission: 'demand.propose-unreasonable',
    ok: 'unreasonable',
    consequences: [
      '由本级分管局领导决定，提出的人和主办部门都不能自认。',
      '办理不停，期限照走；认定以后才能按“不合理诉求”办结。',
      '认定要告知诉求人，诉求人可以申诉；统计里单列。',
    ],
  },
  {
    name: 'appeal-unreasonable',
    form: 'appeal-unreasonable',
    title: '登记申诉',
    heading: '登记诉求人对不合理认定的申诉',
    button: '提交申诉',
    danger: false,
    permission: 'demand.ask-legal',
    ok: 'appealed',
    consequences: ['由主要领导复核，不由原认定人复核。', '复核意见告知诉求人；撤销认定的，由纳服重新办理。'],
  },
];

export const isLegalAction = (name: string): boolean => LEGAL_ACTIONS.some((action) => action.name === name);

/** What the form of an action begins with. */
export const legalBeginning = (name: DemandAction, demand: Demand): Values =>
  name === 'answer-legal' ? { ...legalAnswersOf(demand) } : {};

export async function performLegal(unit: Unit, name: DemandAction, demand: Demand, values: Values): Promise<void> {
  if (name === 'divert') await requestLegalRoute(unit, demand.id, values as never, 'HANDLING');
  if (name === 'propose-unreasonable') await proposeUnreasonable(unit, demand.id, values as never);
  if (name === 'appeal-unreasonable') await appealUnreasonable(unit, demand.id, values as never);
  if (name === 'answer-legal') await answerLegalQuestions(unit, demand.id, values as never);
}
