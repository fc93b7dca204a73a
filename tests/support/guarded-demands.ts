import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { createToken } from '../../src/modules/access/index.ts';
import { paperKind, printPaper } from '../../src/modules/papers/index.ts';
import type { TestHouse } from './house.ts';
import { DEMAND, type Walk, walk } from './walk.ts';

/** How much of a demand somebody may see: everything (masked), the ledger's facts only, or nothing. */
export type Sight = 'CONTENT' | 'LEDGER' | 'NONE';

/** People by where they stand to the demands below, all registered in 舒城县 (341523). */
export const WATCHERS = {
  desk: 'fandongzhi',
  taxServiceHead: 'xibailu',
  cityDesk: 'lyuchunfen',
  otherCountyDesk: 'chulichun',
  chief: 'yunxiaoshu',
  cityChief: 'zhaolichun',
  registrar: 'sunhanlu',
  host: 'zhaojingzhe',
  otherDepartment: 'qianxiazhi',
  reportedCollection: 'lidahan',
  reportedHall: 'pengqingming',
  legal: 'langdashu',
  cityLegal: 'zhangshuangjiang',
  otherCountyLegal: 'shendongzhi',
  discipline: 'wuchushu',
  reports: 'konglichun',
  reportDepartmentHead: 'qindahan',
  auditor: 'weidashu',
  processAdmin: 'jinqingming',
  systemAdmin: 'huadongzhi',
} as const;
export type Watcher = keyof typeof WATCHERS;

export interface Guarded {
  name: string;
  walk: Walk;
  id: string;
  number: string;
  /** Stands in the text, the title, the taxpayer's name and an attachment's name of this demand and nowhere else. */
  marker: string;
  taskIds: string[];
  attachmentId: string;
  /** A handling sheet that was printed, with everything in it. */
  printId: string;
  sees: Record<Watcher, Sight>;
}

const NOBODY: Record<Watcher, Sight> = Object.fromEntries(
  Object.keys(WATCHERS).map((name) => [name, 'NONE']),
) as Record<Watcher, Sight>;
/** Who keeps the ledgers sees that there is something, and the auditor reads. */
const KEEPERS = {
  desk: 'LEDGER',
  taxServiceHead: 'LEDGER',
  cityDesk: 'LEDGER',
  registrar: 'LEDGER',
  auditor: 'CONTENT',
} as const;

const NOTICE = { noticeMethod: 'PHONE', noticeContent: '已经告诉诉求人转给谁、以后怎么办。' };

/**
 * One demand of each kind that is guarded, as far on its way as its kind goes, and a plain one. What everybody may see of each is written down by
 * hand, so that the walk over the routes does not ask the program what it should have said. `only`: some of them.
 */
export async function guardedDemands(house: TestHouse, only?: readonly string[]): Promise<Guarded[]> {
  const made: Guarded[] = [];
  const make = async (
    name: string,
    marker: string,
    fields: Record<string, unknown>,
    steps: (demand: Walk) => Promise<void>,
    sees: Partial<Record<Watcher, Sight>>,
    department = '341523-REV',
  ): Promise<void> => {
    if (only && !only.includes(name)) return;
    const officer = house.stage.registrar('341523', department);
    const attachmentId = await upload(house, officer, `${marker}.pdf`);
    const demand = await walk(
      house,
      {
        ...DEMAND,
        tags: [],
        taxpayerName: `六安${marker}商贸有限公司`,
        contactPhone: `1990000${String(8100 + made.length)}`,
        title: `${marker}的事`,
        attachments: [attachmentId],
        ...fields,
        content: `${String(fields.content)}（${marker}）`,
      },
      { department },
    );
    await steps(demand);
    const { id } = await demand.read();
    const printId = await house.house.transaction(
      SYSTEM_ACTOR,
      async (unit) => (await printPaper(unit, id, paperKind('handling-sheet')!)).id,
    );
    made.push({
      name,
      marker,
      walk: demand,
      id,
      number: demand.number,
      attachmentId,
      printId,
      // The first task and the newest: done by somebody, and open to somebody.
      taskIds: [...new Set([(await demand.tasks()).at(0)?.id, (await demand.tasks()).at(-1)?.id])].filter(
        (task) => task !== undefined,
      ),
      sees: { ...NOBODY, ...sees },
    });
  };

  await make(
    'plain',
    '甘棠',
    { content: '契税退税一直没有到账，请问什么时候能退？', tags: ['契税'] },
    async (demand) => void (await demand.complete('dispatch-demand')),
    {
      desk: 'CONTENT',
      taxServiceHead: 'CONTENT',
      cityDesk: 'CONTENT',
      chief: 'CONTENT',
      cityChief: 'CONTENT',
      registrar: 'CONTENT',
      host: 'CONTENT',
      auditor: 'CONTENT',
    },
  );
  await make(
    'confidential',
    '芦荻',
    { content: '希望为我保密，我想问一个开票的事。', confidential: true, tags: ['契税'] },
    async (demand) => void (await demand.complete('dispatch-demand')),
    {
      desk: 'CONTENT',
      taxServiceHead: 'CONTENT',
      cityDesk: 'CONTENT',
      registrar: 'CONTENT',
      host: 'CONTENT',
      auditor: 'CONTENT',
    },
  );
  await make(
    'reconsideration',
    '杜蘅',
    {
      content: '我不服罚款，要申请行政复议。',
      category: 'LEGAL_REMEDY',
      legalIntent: 'ORAL_RECONSIDERATION',
      actionOrgCode: '341523',
      reportedDepartment: '341523-COL',
    },
    async (demand) => {
      await demand.complete('confirm-legal-route', {
        legalDecision: 'TRANSFER',
        legalRoute: 'RECONSIDERATION',
        legalIntent: 'ORAL_RECONSIDERATION',
        actionDocument: '税罚 18 号',
        actionOrgCode: '341523',
        knownAt: '2026-11-10',
        ...NOTICE,
      });
      await demand.complete('acknowledge-hand-over');
      await demand.complete('give-feedback');
    },
    { ...KEEPERS, legal: 'CONTENT', cityLegal: 'CONTENT' },
  );
  await make(
    'discipline',
    '辛夷',
    { content: '反映有人吃拿卡要，收受礼品。', category: 'OTHER', reportedDepartment: '341523-HALL' },
    async () => {},
    { ...KEEPERS, discipline: 'CONTENT' },
  );
  await make(
    'report',
    '菖蒲',
    { content: '举报某饭店消费后拒开发票。', category: 'OTHER' },
    async (demand) =>
      void (await demand.complete('confirm-legal-route', {
        legalDecision: 'TRANSFER',
        legalRoute: 'TAX_VIOLATION_REPORT',
        ...NOTICE,
      })),
    { ...KEEPERS, reports: 'CONTENT' },
  );
  await make(
    'complaint',
    '茱萸',
    {
      content: '3号窗口工作人员态度恶劣，要求道歉。',
      category: 'SERVICE',
      tags: ['窗口态度'],
      reportedDepartment: '341523-HALL',
    },
    async (demand) => {
      await demand.complete('decide-complaint', { complaintDecision: 'ACCEPTED', complaintKind: 'CONDUCT', ...NOTICE });
      await demand.complete('dispatch-demand', { hostDepartment: '341523-TPS' });
    },
    { ...KEEPERS, taxServiceHead: 'CONTENT' },
  );
  return made;
}

/** A PDF of the person's own, waiting for its form. */
async function upload(house: TestHouse, login: string, name: string): Promise<string> {
  const { sql, clock, ids } = house.house;
  const { token } = await createToken({ sql, clock, ids }, login, { name: '上传', days: 1 });
  const form = new FormData();
  form.append('file', new Blob(['%PDF-1.4\n%test\n'], { type: 'application/pdf' }), name);
  const answer = await fetch(`${house.address}/api/v1/attachments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}
