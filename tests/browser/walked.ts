import type { TestHouse } from '../support/house.ts';

/** What the walk has prepared; words in a path that begin with a colon are replaced by it. */
export interface Walked {
  /** An ordinary demand, dispatched and being handled. */
  number: string;
  /** A demand whose every text is as long as the form allows. */
  longNumber: string;
  /** The handling task of the ordinary demand. */
  task: string;
  /** The dispatch task of the long one. */
  dispatchTask: string;
  /** A reconsideration that waits for its confirmation, and that task. */
  legalNumber: string;
  legalTask: string;
  /** A complaint that waits for the decision on its acceptance. */
  complaintTask: string;
}

/** A path with its words replaced. */
export const pathOf = (path: string, walked: Walked): string =>
  path.replaceAll(/:([a-zA-Z]+)/g, (_, name) => walked[name as keyof Walked]);

/** Two demands: one on its way, one with everything as long as it may be. */
export async function prepare(house: TestHouse): Promise<Walked> {
  const officer = await house.as('pengqingming');
  const register = async (fields: Record<string, unknown>) => {
    const { number } = await officer.post<{ number: string }>('/demands', {
      channel: 'HOTLINE_12366',
      taxpayerName: '曹某某',
      taxpayerType: 'NATURAL_PERSON',
      contactPhone: '199-0000-0021',
      category: 'POLICY',
      content: '开发商退房契税退税提交一个半月没到账，什么时候能到？',
      tags: ['契税'],
      intakeChoice: 'OTHER_DEPARTMENT',
      noticeMethod: 'PHONE',
      noticeContent: '已告知转纳税服务部门分派。',
      ...fields,
    });
    await house.settle();
    return number;
  };
  const number = await register({});
  const long = 'https://example.invalid/'.padEnd(400, 'x');
  const longNumber = await register({
    taxpayerName: '安徽省六安市舒城县城关镇某某农产品收购加工与冷链物流专业合作社联合社'.repeat(3).slice(0, 100),
    taxpayerType: 'ENTERPRISE',
    contactPhone: '0564-0000005',
    title: '关于农产品收购发票抵扣与契税退税等多个事项的诉求'.repeat(4).slice(0, 60),
    content: `${long} ${'农产品收购发票抵扣凭证不齐，窗口说法前后不一。'.repeat(60)}`,
  });
  const legalNumber = await register({
    category: 'LEGAL_REMEDY',
    content: '以逾期申报为由罚款两千元，我不服，要申请行政复议，请问向哪里申请？',
    tags: ['窗口态度'],
    legalIntent: 'ORAL_RECONSIDERATION',
    actionOrgCode: '341523',
    reportedDepartment: '341523-COL',
    knownAt: '2026-10-01',
    taxDispute: true,
  });
  const complaint = await register({
    category: 'SERVICE',
    content: '窗口工作人员态度恶劣，要求道歉。',
    tags: ['窗口态度'],
  });
  const desk = await house.as('fandongzhi');
  const open = async (of: string, formId: string) => {
    const { items } = await desk.get<{ items: { id: string; formId: string; status: string }[] }>(
      `/demands/${of}/tasks`,
    );
    const found = items.find((task) => task.formId === formId && task.status === 'OPEN');
    if (!found) throw new Error(`${of} has no open ${formId}: ${JSON.stringify(items)}`);
    return found.id;
  };
  await desk.post(`/tasks/${await open(number, 'dispatch-demand')}/complete`, {
    hostDepartment: '341523-TAX1',
    dispatchReason: '按职责分派',
  });
  await house.settle();
  return {
    number,
    longNumber,
    task: await open(number, 'handle-demand'),
    dispatchTask: await open(longNumber, 'dispatch-demand'),
    legalNumber,
    legalTask: await open(legalNumber, 'confirm-legal-route'),
    complaintTask: await open(complaint, 'decide-complaint'),
  };
}
