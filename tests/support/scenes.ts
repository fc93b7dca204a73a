import type { OpenTask } from '../../src/tryout/drive-demands.ts';
import type { TestHouse } from './house.ts';

/** People of the demo organisation, by what they do in 舒城县. */
export const PEOPLE = {
  registrar: 'pengqingming',
  desk: 'fandongzhi',
  deputy: 'panlichun',
  chief: 'zhaolichun',
} as const;

/** The registration of a demand that goes to a department by rule; `change` replaces fields. */
export const registration = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  channel: 'HOTLINE_12345',
  taxpayerName: '曹某某',
  taxpayerType: 'NATURAL_PERSON',
  contactPhone: '199-0000-0021',
  contactPerson: '曹某某',
  category: 'POLICY',
  title: '退房契税退税到账时间',
  content: '开发商退房后契税退税已提交一个半月没有到账，电话 19900000021，希望告知什么时候能到账。',
  tags: ['契税'],
  intakeChoice: 'OTHER_DEPARTMENT',
  noticeMethod: 'PHONE',
  noticeContent: '已告知转纳税服务部门分派，五个工作日内办结。',
  ...change,
});

const ANSWERS: Record<string, Record<string, unknown>> = {
  'dispatch-demand': { hostDepartment: '341523-TAX2', dispatchReason: '按业务分工分派。' },
  'handle-demand': {
    measures: '联系国库核对退库资料。',
    conclusion: 'RESOLVED',
    policyBasis: '《中华人民共和国契税法》',
    publicAnswer: '退库回单已收到，三个工作日内到账。',
  },
  'approve-extension': { extensionDecision: 'APPROVED', opinion: '同意，请抓紧。' },
  'give-feedback': { feedbackMethod: 'PHONE', feedbackContent: '已电话告知三日内到账。', feedbackResult: 'DELIVERED' },
  'conduct-return-visit': {
    visitMethod: 'PHONE',
    visitReached: 'YES',
    feedbackReceived: 'YES',
    resolved: 'RESOLVED',
    satisfaction: 'SATISFIED',
  },
  'write-off': { checked: true },
  'write-off-withdrawn': { checked: true },
};

/** Walks demands through the program as their people would, over the API. */
export function scenes(house: TestHouse) {
  const open = async (number: string): Promise<OpenTask[]> => {
    const api = await house.as(PEOPLE.desk);
    const { items } = await api.get<{ items: OpenTask[] }>(`/demands/${number}/tasks`);
    return items.filter((task) => task.status === 'OPEN');
  };
  return {
    open,
    async register(change: Record<string, unknown> = {}): Promise<string> {
      const api = await house.as(PEOPLE.registrar);
      const { number } = await api.post<{ number: string }>('/demands', registration(change));
      await house.settle();
      return number;
    },
    /** Completes the open task of a form with the usual answers, changed where the scene needs it; answers who did it. */
    async complete(number: string, formId: string, change: Record<string, unknown> = {}): Promise<string> {
      const task = (await open(number)).find((item) => item.formId === formId);
      if (!task) throw new Error(`no open task ${formId} on ${number}`);
      const who = task.assignee ?? task.candidates[0]!;
      await (await house.as(who)).post(`/tasks/${task.id}/complete`, { ...ANSWERS[formId], ...change });
      await house.settle();
      return who;
    },
    async extend(number: string, requestedDueDate: string): Promise<string> {
      const task = (await open(number)).find((item) => item.formId === 'handle-demand')!;
      const who = task.candidates[0]!;
      await (await house.as(who)).post(`/demands/${number}/extensions`, {
        requestedDueDate,
        reasonType: 'EXTERNAL_UNIT',
        reason: '等国库退库回单。',
        noticeMethod: 'PHONE',
        noticeContent: '已电话说明要等国库回单。',
      });
      await house.settle();
      return who;
    },
    async withdraw(number: string): Promise<void> {
      await (await house.as(PEOPLE.registrar)).post(`/demands/${number}/withdrawal`, {
        withdrawalMethod: 'PHONE',
        withdrawalReason: '诉求人来电说税款已经到账，不用办了。',
      });
      await house.settle();
    },
  };
}
