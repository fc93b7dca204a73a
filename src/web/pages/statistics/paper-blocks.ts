import type { Block } from '../../../modules/papers/index.ts';
import type { TopicReport } from '../../../modules/statistics/index.ts';
import type { bulletinView } from './bulletin-view.ts';

/** Bulletins and reports as papers: the same blocks as every other paper of the house, drawn as a page and as a PDF (ui.md 8). */

/** What fits across a sheet of A4; the rest is in the annex. */
const COLUMNS = [
  'dispatched',
  'onTime',
  'late',
  'unfinished',
  'withinTime',
  'completedRate',
  'onTimeRate',
  'dissatisfied',
  'dissatisfiedRate',
];
const WIDTHS = [19, ...COLUMNS.map(() => 9)];

export function bulletinBlocks(view: Awaited<ReturnType<typeof bulletinView>>): Block[] {
  const { bulletin, snapshot, unit } = view;
  const signed = bulletin.signerName ? { right: `签发人：${bulletin.signerName}` } : {};
  return [
    { type: 'red-head', text: unit },
    ...(bulletin.documentNumber || bulletin.signerName
      ? [{ type: 'number', text: bulletin.documentNumber ?? '', ...signed } satisfies Block]
      : []),
    { type: 'title', text: bulletin.title },
    ...(bulletin.corrects
      ? [{ type: 'paragraph', text: `本通报更正此前发布的同期通报：${bulletin.correctionReason}。` } satisfies Block]
      : []),
    ...view.sections.flatMap((section): Block[] => [
      { type: 'heading', text: section.title },
      ...section.paragraphs
        .flatMap((paragraph) => paragraph.written.split('\n'))
        .filter((text) => text.trim() !== '')
        .map((text): Block => ({ type: 'paragraph', text })),
      ...(section.id === '2' && view.units.length > 0 ? [unitsTable(view)] : []),
    ]),
    ...(view.supervision.length > 0
      ? [
          {
            type: 'table',
            title: '附：督办清单',
            head: ['督办编号', '级别', '主办部门', '解除'],
            rows: view.supervision.map((card) => [
              card.number,
              card.level,
              card.department,
              card.lifted ? '已解除' : '未解除',
            ]),
            widths: [35, 15, 35, 15],
          } satisfies Block,
        ]
      : []),
    ...(view.deferrals.length > 0
      ? [
          {
            type: 'table',
            title: '附：挂账清单',
            head: ['编号', '类别', '复核日'],
            rows: view.deferrals.map((item) => [
              item.number,
              item.category,
              `${item.reviewDate}${item.missed ? '（已过）' : ''}`,
            ]),
            widths: [50, 25, 25],
          } satisfies Block,
        ]
      : []),
    { type: 'signature', unit, date: bulletin.day },
    ...(bulletin.copiesTo ? [{ type: 'copies', text: `抄送：${bulletin.copiesTo}` } satisfies Block] : []),
    {
      type: 'small',
      text: `数据时点 ${snapshot.at}；口径 ${snapshot.version} 版，不含剔除；按渠道分的件数、平均工作日、延期和重办见附件。`,
    },
  ];
}

function unitsTable(view: Awaited<ReturnType<typeof bulletinView>>): Block {
  const titles = new Map<string, string>(view.unitHead.map((head) => [head.column, head.title]));
  return {
    type: 'table',
    title: '承办单位情况表',
    head: ['单位', ...COLUMNS.map((column) => titles.get(column) ?? column)],
    rows: view.units.map((row) => [
      row.name,
      ...COLUMNS.map((column) => row.cells.find((cell) => cell.column === column)?.text ?? ''),
    ]),
    widths: WIDTHS,
  };
}

/** 共性诉求专报. */
export function topicBlocks(
  content: TopicReport,
  said: {
    unit: string;
    lead: string;
    found: string;
    at: string;
    day: string;
    version: string;
    bureaus: readonly { name: string; n: number }[];
  },
): Block[] {
  const counties = content.facts.scope === 'CITY' ? `、涉及 ${content.facts.counties7} 个县（区）` : '';
  return [
    { type: 'red-head', text: said.unit },
    { type: 'title', text: '共性诉求专报' },
    { type: 'paragraph', text: `近期纳税人缴费人反映“${content.title}”方面的诉求较为集中，现将有关情况报告如下。` },
    { type: 'heading', text: '一、基本情况' },
    {
      type: 'paragraph',
      text: `${said.found}，按“${content.reason}”的标准认定为共性诉求。到 ${said.at}，共 ${content.members} 件，其中在办 ${content.open} 件，已有结果 ${content.members - content.open} 件；认定时近 7 日 ${content.facts.count7} 件${counties}，近 30 日 ${content.facts.count30} 件、${content.facts.taxpayers} 户。`,
    },
    { type: 'paragraph', text: `分单位：${said.bureaus.map((item) => `${item.name} ${item.n} 件`).join('，')}。` },
    { type: 'heading', text: '二、措施' },
    { type: 'paragraph', text: `${said.lead ? `由${said.lead}牵头。` : ''}${content.measures ?? '措施正在研究。'}` },
    { type: 'signature', unit: said.unit, date: said.day },
    { type: 'small', text: `数据时点 ${said.at}；规则集“共性诉求认定”第 ${said.version} 版。` },
  ];
}
