/** What a job type means for somebody who draws: its name, what it does, what it gives back to the process. */
export interface JobWords {
  title: string;
  about: string;
  /** Variables it writes. */
  gives: readonly string[];
  /** Headers it reads, each with its choices. */
  headers?: Readonly<Record<string, { title: string; choices: Readonly<Record<string, string>> }>>;
}

const job = (title: string, about: string, gives: readonly string[] = [], headers?: JobWords['headers']): JobWords => ({
  title,
  about,
  gives,
  ...(headers ? { headers } : {}),
});

/** Every job type of the worker table in words; a test holds both tables together. */
export const JOB_WORDS: Readonly<Record<string, JobWords>> = {
  'apply-extension': job('执行延期', '按审批结果延长办结期限'),
  'apply-level-shift': job('执行上报、下转', '把件交给上级或下级局，主办部门随之改变', [
    'hostDepartment',
    'handlingMode',
  ]),
  'assign-host': job('确定主办', '由登记部门直接办理，或按拆单的决定确定主办', ['hostDepartment', 'handlingMode'], {
    mode: { title: '由谁主办', choices: { self: '登记部门自己', split: '拆单时指定的部门' } },
  }),
  'close-extension': job('了结延期申请', '没有批准、没有批完的延期申请在这里了结'),
  'close-joint-handling': job('了结联合办理', '主办办结后，还没有答复的协办一并了结'),
  'deem-accepted': job('视为受理', '审查期满没有决定的复议申请视为受理'),
  'end-supervision': job('了结督办单', '诉求撤回、作废、并单、拆单后，督办单随之了结'),
  'evaluate-rules': job('规则判断', '按规则集作出判断，结果写入流程变量'),
  'hand-over-legal-route': job('移送', '向法定途径的承接单位移送，生成跟踪记录'),
  'issue-supervision': job('发出督办', '按督办规则的结果发出黄牌、红牌'),
  'notify-deadline': job('期限提醒', '临期、逾期时提醒应当办理的人', [], {
    kind: { title: '提醒什么', choices: { warning: '临期', overdue: '逾期' } },
  }),
  'notify-taxpayer': job('告知诉求人', '按通知模板告知诉求人', [], {
    notice: { title: '通知', choices: { extension: '延期告知' } },
  }),
  'open-co-handling': job('送达协办', '协办件送到协办部门，协办钟起算'),
  'open-examination': job('开始审查', '复议申请进入审查，审查期限起算'),
  'open-external-step': job('送外单位', '登记送外单位的一步，跟办钟起算'),
  'open-handling': job('送达承办', '件送到主办部门，办结钟起算', ['reviewRequired']),
  'open-joint-handling': job('开始联合办理', '给各协办部门分派协办', ['coHandlings']),
  'open-legal-route': job('开始法定途径', '确定应走哪一种法定途径', ['legalRoute']),
  'open-return-visit': job('开始回访', '回访钟起算，写明最多联系几次', ['attemptsAllowed']),
  'push-to-tax-service': job('推送纳服', '办结后推送给纳税服务部门'),
  'record-completion': job('登记办结', '办结写入台账，办结钟停止', ['handlingOutcome']),
  'record-on-the-spot': job('登记当场办结', '当场答复写入台账', ['hostDepartment']),
  'record-withdrawal': job('登记撤回', '诉求人撤回写入台账'),
  'redo-demand': job('重新办理', '申诉推翻不合理认定后，原主办部门重新办理'),
  'refuse-deferral': job('挂账不批准', '挂账申请没有批准，期限恢复', ['deferralOutcome']),
  'renew-confirmation': job('再次确认', '挂账满期再次确认后，下一次确认日起算'),
  'renew-deferral': job('续期挂账', '复核后继续挂账，下一次复核日起算'),
  'resume-handling': job('恢复办理', '挂账条件成熟，期限恢复', ['deferralOutcome']),
  'resume-instance': job('原流程继续', '人工办妥的一步收回，原流程从下一步继续'),
  'revoke-deferral': job('撤销挂账', '没有再次确认的挂账撤销'),
  'start-deferral': job('开始挂账', '办结钟停止，责任人登记', ['responsibleLogin']),
  'start-rework': job('开始重办', '件退回主办部门重新办理，期限重新起算', ['handlingMode']),
  'tell-deferral': job('告知挂账', '告知诉求人暂时不能办理或已恢复办理'),
  'tell-merged': job('告知并单', '告知有关的人这一件并入另一件'),
  'tell-split': job('告知拆单', '告知有关的人这一件拆成几件'),
  'tell-supplement': job('告知补充', '告知诉求人或办理人补充材料的情况', [], {
    kind: { title: '告知什么', choices: { asked: '请求补充', given: '已补充' } },
  }),
  'transfer-demand': job('转交', '受理登记后转交给纳服专岗或直接入账', ['hostDecided'], {
    mode: { title: '转到哪里', choices: { dispatch: '纳服派单', ledger: '只进台账' } },
  }),
};

/** Variables what a form does to the ledger gives back, besides its own fields. */
export const FORM_GIVES: Readonly<Record<string, readonly string[]>> = {
  'dispatch-demand': ['handlingMode', 'dispatchDecision'],
  'confirm-legal-route': ['legalRoute', 'legalRouteOutcome'],
  'decide-complaint': ['legalRouteOutcome'],
  'conduct-return-visit': ['visitReached', 'visitSatisfied', 'attemptsMade'],
  'lift-supervision': ['lifted'],
};
