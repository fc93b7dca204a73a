import { readTimeline } from '../../../modules/history/index.ts';
import {
  BULLETIN_KINDS,
  BULLETIN_STATUSES,
  type Bulletin,
  type BulletinContent,
  deviationInWords,
  type Snapshot,
  writtenText,
} from '../../../modules/statistics/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { saidInHistory } from './said.ts';
import type { Sheet } from './sheets.ts';
import { UNIT_HEAD, unitRows } from './unit-rows.ts';

const STEPS = ['DRAFT', 'IN_REVIEW', 'SIGNED', 'PUBLISHED', 'ARCHIVED'] as const;

/** A bulletin as pages show it: its text held against the frozen numbers, the table of units, where it stands, and its history. */
export async function bulletinView(house: House, bulletin: Bulletin, snapshot: Snapshot<BulletinContent>) {
  const directory = await house.directory();
  const { report } = snapshot.content;
  const sections = writtenText(snapshot.content.sections, bulletin.edits);
  const timeline = await readTimeline(house.sql, 'bulletin', bulletin.id);
  const nameOf = (code: string) => directory.bureau(code)?.shortName ?? code;
  const at = STEPS.indexOf(bulletin.status);
  return {
    title: bulletin.title,
    bulletin: {
      ...bulletin,
      kindTitle: BULLETIN_KINDS[bulletin.kind],
      statusTitle: BULLETIN_STATUSES[bulletin.status],
      signed: format.time(bulletin.signedAt),
      day: format.day(bulletin.signedAt ?? snapshot.dataAt),
      published: format.time(bulletin.publishedAt),
      to: bulletin.publishedTo.map(nameOf).join('、'),
    },
    steps: STEPS.map((status, n) => ({
      title: BULLETIN_STATUSES[status],
      state: n < at ? '已完成' : n === at ? '现在' : '',
    })),
    unit: directory.bureau(bulletin.orgCode)?.name ?? '',
    snapshot: {
      at: format.time(snapshot.dataAt),
      version: snapshot.definitionVersion,
      code: snapshot.hash.slice(0, 8),
      by: snapshot.madeByName,
    },
    sections: sections.map((section) => ({
      ...section,
      paragraphs: section.paragraphs.map((paragraph) => ({
        ...paragraph,
        basis: paragraph.figures.map(({ text, label }) => `${text}=${label}`).join('，'),
        deviationText: paragraph.deviations.map(deviationInWords).join('；'),
      })),
    })),
    edited: sections.flatMap((section) => section.paragraphs).filter((paragraph) => paragraph.edited).length,
    unitHead: UNIT_HEAD,
    units: unitRows(
      report.units,
      { period: report.period, net: true, small: report.parameters.smallDenominator },
      (line) => ('name' in line ? String(line.name) : nameOf(line.orgCode)),
    ),
    supervision: report.supervision ?? [],
    deferrals: report.deferrals,
    events: timeline.map((event) => ({
      at: format.time(event.occurredAt),
      who: event.actorName,
      ...saidInHistory(event.type, event.payload, (code) => code ?? ''),
    })),
  };
}

/** The annex: the table of units with its column names, and the list of deferrals. */
export function annexSheets({ report }: BulletinContent): Sheet[] {
  const rows = unitRows(
    report.units,
    { period: report.period, net: true, small: report.parameters.smallDenominator },
    (line) => ('name' in line ? String(line.name) : line.orgCode),
  );
  return [
    {
      title: '承办单位情况表',
      head: ['承办单位', ...UNIT_HEAD.map(({ title }) => title)],
      rows: rows.map((row) => [row.name, ...row.cells.map((cell) => cell.value)]),
    },
    {
      title: '热点事项',
      head: ['标签', '本期件数', '上期件数'],
      rows: report.tags.map((item) => [item.tag, item.registered, item.before]),
    },
    {
      title: '督办清单',
      head: ['督办编号', '级别', '主办部门', '是否解除'],
      rows: (report.supervision ?? []).map((card) => [
        card.number,
        card.level,
        card.department,
        card.lifted ? '是' : '否',
      ]),
    },
    {
      title: '挂账清单',
      head: ['编号', '类别', '复核日', '是否超复核日'],
      rows: report.deferrals.map((item) => [item.number, item.category, item.reviewDate, item.missed ? '是' : '否']),
    },
  ];
}
