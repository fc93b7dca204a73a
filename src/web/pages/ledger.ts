import ExcelJS from 'exceljs';
import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { notFound } from '../../kernel/errors.ts';
import { demandScopeSql, may } from '../../modules/access/index.ts';
import {
  CATEGORIES,
  CHANNELS,
  type DemandFilter,
  type DemandRow,
  listDemands,
  maskName,
  STATUSES,
  statusTitle,
} from '../../modules/demands/index.ts';
import { appendEvent } from '../../modules/history/index.ts';
import { format, lampView } from '../format.ts';
import type { House } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { CLOCKS } from './clock-names.ts';

const PAGE = 50;
const LARGEST_EXPORT = 10_000;

/** Reads the filter of a list from the address; a day that is none is left out and named. */
export function filterOf(query: Record<string, unknown>): { filter: DemandFilter; problem: string | undefined } {
  const filter: DemandFilter = {};
  for (const key of [
    'q',
    'orgCode',
    'channel',
    'category',
    'status',
    'hostDepartment',
    'time',
    'state',
    'tag',
  ] as const) {
    const value = textOf(query[key]);
    if (value) filter[key] = value.slice(0, 100);
  }
  for (const key of ['from', 'to'] as const) {
    const value = textOf(query[key]);
    if (value && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) filter[key] = value;
  }
  const problem =
    filter.from && filter.to && filter.from > filter.to ? '开始日期晚于结束日期，请对调或改一个。' : undefined;
  return { filter, problem };
}

/** A row as people may see it: names masked, restricted demands by their number only. */
async function rowView(house: House, row: DemandRow) {
  const directory = await house.directory();
  return {
    ...row,
    title: row.restricted ? '限定可见件' : row.title,
    taxpayer: row.restricted ? '' : maskName(row.taxpayerName, row.taxpayerType),
    categoryTitle: CATEGORIES[row.category as keyof typeof CATEGORIES] ?? row.category,
    channelTitle: CHANNELS[row.channel as keyof typeof CHANNELS] ?? row.channel,
    statusTitle: statusTitle(row.status),
    hostName: row.hostDepartment ? (directory.department(row.hostDepartment)?.name ?? '') : '',
    orgName: directory.bureau(row.orgCode)?.shortName ?? '',
    lamp: lampView(row, row.hostOrgCode, house.clock.now(), await house.calendar()),
    clockTitle: row.clockKind ? CLOCKS[row.clockKind] : '',
    registered: format.short(row.registeredAt),
  };
}

/** The ledger (台账): list, search, export. */
export function ledgerPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/demands',
      permission: 'demand.read',
      scope: '本人经办、本部门、本单位，市局看全市',
      async handle({ req, res, actor }) {
        const { filter, problem } = filterOf(req.query);
        const offset = Math.max(0, (Number(textOf(req.query.page)) || 1) - 1) * PAGE;
        const { rows, total } = problem
          ? { rows: [], total: 0 }
          : await listDemands(house.sql, demandScopeSql(actor, 1), filter, {
              limit: PAGE,
              offset,
              now: house.clock.now(),
            });
        if (filter.q && total === 1 && rows[0]!.number === filter.q.toUpperCase())
          return res.redirect(303, `/demands/${rows[0]!.number}`);
        const directory = await house.directory();
        res.render('demands/list', {
          title: '台账',
          rows: await Promise.all(rows.map((row) => rowView(house, row))),
          total,
          filter,
          problem,
          page: offset / PAGE + 1,
          pages: Math.max(1, Math.ceil(total / PAGE)),
          query: (change: Record<string, string>) =>
            new URLSearchParams({ ...(filter as Record<string, string>), ...change }).toString(),
          channels: CHANNELS,
          categories: CATEGORIES,
          statuses: STATUSES,
          bureaus: actor.bureauLevel === 'CITY' ? directory.bureaus() : [],
          mayExport: may(actor, 'demand.export'),
        });
      },
    },
    {
      method: 'get',
      path: '/demands/export.:kind',
      permission: 'demand.export',
      scope: '同台账；个人信息脱敏',
      async handle(ask) {
        await exportLedger(house, ask);
      },
    },
  ];
}

async function exportLedger(house: House, { req, res, actor }: Ask): Promise<void> {
  const kind = String(req.params.kind);
  if (kind !== 'csv' && kind !== 'xlsx') throw notFound('只能导出 Excel（xlsx）或 CSV。');
  const { filter } = filterOf(req.query);
  const { rows, total } = await listDemands(house.sql, demandScopeSql(actor, 1), filter, {
    limit: LARGEST_EXPORT,
    offset: 0,
    now: house.clock.now(),
  });
  const views = await Promise.all(rows.map((row) => rowView(house, row)));
  const head = [
    '编号',
    '标题',
    '类别',
    '渠道',
    '纳税人',
    '受理时间',
    '受理单位',
    '受理人',
    '主办部门',
    '状态',
    '期限',
    '到期',
  ];
  const body = views.map((row) => [
    row.number,
    row.title,
    row.categoryTitle,
    row.channelTitle,
    row.taxpayer,
    format.time(row.registeredAt),
    row.orgName,
    row.receivingOfficerName,
    row.hostName,
    row.statusTitle,
    row.clockTitle ?? '',
    row.dueAt ? format.time(row.dueAt) : '',
  ]);
  await house.transaction(actor, (unit) =>
    appendEvent(sqlOf(unit.em), {
      subjectType: 'export',
      subjectId: actor.login,
      type: 'ledger.exported',
      occurredAt: house.clock.now(),
      actor,
      payload: { kind, filter, rows: rows.length, total },
    }),
  );
  const name = `台账-${shanghaiDate(house.clock.now())}`;
  const mark = `导出人 ${actor.name}（${actor.login}） ${format.time(house.clock.now())}，个人信息已脱敏`;
  res.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(`${name}.${kind}`)}`);
  if (kind === 'csv') {
    // A cell that begins like a formula is made text: spreadsheets would run it.
    const cell = (value: string) => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;
    res
      .type('text/csv; charset=utf-8')
      .send(`\ufeff${[head, ...body, [mark]].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`);
    return;
  }
  const workbook = new ExcelJS.Workbook();
  workbook.creator = actor.name;
  const sheet = workbook.addWorksheet('台账', {
    views: [{ state: 'frozen', ySplit: 1 }],
    headerFooter: { oddFooter: mark },
  });
  sheet.addRow(head).font = { bold: true };
  for (const line of body) sheet.addRow(line);
  sheet.addRow([mark]);
  head.forEach((_, index) => {
    sheet.getColumn(index + 1).width = [26, 40, 14, 20, 28, 20, 16, 12, 18, 14, 10, 20][index]!;
  });
  res
    .type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
    .send(Buffer.from(await workbook.xlsx.writeBuffer()));
}
