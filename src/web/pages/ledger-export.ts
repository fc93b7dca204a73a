import type { Actor } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import { demandScopeSql, may } from '../../modules/access/index.ts';
import {
  approversOf,
  countDemands,
  EXPORT_FIELDS,
  type ExportedRow,
  type ExportField,
  exportLedger,
  LARGEST_EXPORT,
} from '../../modules/demands/index.ts';
import { format } from '../format.ts';
import type { House } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { type Names, namesOf } from './demand/names.ts';
import { furtherOf } from './demand/summary.ts';
import { conditionsInWords, type LedgerFilter, ledgerFilter, pageTimes, withNumber } from './ledger-filter.ts';
import { rowView } from './ledger-row.ts';

interface Order {
  kind: string;
  fields: string[];
  purpose: string;
  approver: string;
  reasons: Record<string, string>;
}

const PERSONAL = (Object.keys(EXPORT_FIELDS) as ExportField[]).filter((field) => 'personal' in EXPORT_FIELDS[field]);
const USUAL = (Object.keys(EXPORT_FIELDS) as ExportField[]).filter((field) => !PERSONAL.includes(field));
const WIDTHS: Partial<Record<ExportField, number>> = { number: 28, title: 40, taxpayer: 28, fullName: 28, phone: 18 };

/** Taking part of the ledger out (P05x): which demands, which fields, for what; the answer is the file. */
export function exportPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/demands/export',
      permission: 'demand.export',
      scope: '同台账；个人信息脱敏',
      handle: async (ask) =>
        draw(house, ask, await filterOf(house, ask.req.query, ask.actor), {
          order: { kind: 'xlsx', fields: USUAL, purpose: '', approver: '', reasons: {} },
          problems: [],
        }),
    },
    {
      method: 'post',
      path: '/demands/export',
      permission: 'demand.export',
      scope: '同台账；个人信息要理由和批准人',
      handle: (ask) => send(house, ask),
    },
  ];
}

const filterOf = (house: House, source: Record<string, unknown>, actor: Actor): Promise<LedgerFilter> =>
  withNumber(house, actor, ledgerFilter(source, actor, shanghaiDate(house.clock.now())));

async function send(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const asked = await filterOf(house, req.body, actor);
  const order = orderOf(req.body, may(actor, 'demand.reveal'));
  try {
    if (asked.problems.length > 0) return await draw(house, ask, asked, { order, problems: [] });
    const calendar = await house.calendar();
    const { rows, fields } = await house.transaction(actor, (unit) =>
      exportLedger(
        unit,
        demandScopeSql(actor, 1),
        asked.filter,
        order,
        pageTimes(house.clock, calendar, actor.orgCode),
      ),
    );
    const lines = await Promise.all(rows.map((row) => lineOf(house, row, fields)));
    await write(house, { res, actor }, order, fields, lines);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    await draw(house, ask, asked, { order, problems: error.problems });
  }
}

function orderOf(body: Record<string, unknown>, mayReveal: boolean): Order {
  const fields = [body.fields].flat().filter((field): field is string => typeof field === 'string');
  return {
    kind: textOf(body.kind) ?? '',
    // Who may not reveal a contact may not export it either.
    fields: fields.filter((field) => mayReveal || !(PERSONAL as string[]).includes(field)),
    purpose: (textOf(body.purpose) ?? '').slice(0, 200),
    approver: textOf(body.approver) ?? '',
    reasons: Object.fromEntries(
      PERSONAL.map((field) => [field, (textOf(body[`reason.${field}`]) ?? '').slice(0, 200)]),
    ),
  };
}

async function draw(
  house: House,
  { res, actor }: Ask,
  asked: LedgerFilter,
  { order, problems }: { order: Order; problems: readonly FieldProblem[] },
): Promise<void> {
  const calendar = await house.calendar();
  const all = [...asked.problems.map(({ field, message }) => ({ pointer: `/${field}`, message })), ...problems];
  const { total, more } =
    asked.problems.length > 0
      ? { total: 0, more: false }
      : await countDemands(house.sql, demandScopeSql(actor, 1), asked.filter, {
          ...pageTimes(house.clock, calendar, actor.orgCode),
          upTo: LARGEST_EXPORT,
        });
  const leaders = await house.transaction(actor, async (unit) => approversOf(unit));
  const idOf = (pointer: string) => `x-${pointer.slice(1).replaceAll('.', '-')}`;
  res.status(all.length > 0 ? 422 : 200).render('demands/export', {
    title: '申请导出',
    problems: all.map(({ pointer, message }) => ({ href: `#${idOf(pointer)}`, message })),
    errors: Object.fromEntries(all.map(({ pointer, message }) => [pointer.slice(1), message])),
    conditions: conditionsInWords(asked, await house.directory()),
    query: asked.query,
    total,
    more,
    largest: LARGEST_EXPORT,
    order,
    leaders,
    usual: USUAL.map((field) => ({ field, title: EXPORT_FIELDS[field].title })),
    personal: may(actor, 'demand.reveal')
      ? PERSONAL.map((field) => ({ field, title: EXPORT_FIELDS[field].title }))
      : [],
  });
}

/** `代表户数：3；涉及期间：2026年第三季度`, in the words of the form; names and numbers masked. */
function furtherText(house: House, row: ExportedRow, names: Names): string {
  const registration = house.forms.get('register-demand');
  if (!row.answers || !registration) return '';
  return furtherOf(row.answers, registration, names)
    .map((item) => `${item.label}：${item.value}`)
    .join('；');
}

async function lineOf(house: House, row: ExportedRow, fields: readonly ExportField[]): Promise<string[]> {
  const names = namesOf(await house.directory());
  const view = await rowView(house, row);
  const cells: Record<ExportField, string> = {
    number: view.number,
    title: view.title,
    category: view.categoryTitle,
    channel: view.channelTitle,
    taxpayer: view.taxpayer,
    received: format.time(view.receivedAt),
    registered: format.time(view.registeredAt),
    org: view.orgName,
    officer: view.receivingOfficerName,
    host: view.hostName,
    status: view.statusTitle,
    clock: view.clockTitle,
    due: view.dueAt ? `${format.time(view.dueAt)}${view.provisional ? '（暂定）' : ''}` : '',
    marks: view.marks.map((mark) => mark.text).join('、'),
    further: furtherText(house, row, names),
    fullName: row.restricted ? '' : row.taxpayerName,
    phone: row.restricted ? '' : (row.contactPhone ?? ''),
  };
  return fields.map((field) => cells[field]);
}

/** The file, with a line that says who took it out when: a leaf that lies around tells where it came from. */
async function write(
  house: House,
  { res, actor }: Pick<Ask, 'res' | 'actor'>,
  order: Order,
  fields: readonly ExportField[],
  lines: string[][],
): Promise<void> {
  const now = house.clock.now();
  const head = fields.map((field) => EXPORT_FIELDS[field].title);
  const open = fields.some((field) => PERSONAL.includes(field));
  const mark = `导出人 ${actor.name}（${actor.login}） ${format.time(now)}，用途：${order.purpose}，${open ? '含个人信息，用后即删' : '个人信息已脱敏'}`;
  const file = `台账-${shanghaiDate(now)}.${order.kind}`;
  res.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file)}`);
  res.setHeader('Cache-Control', 'no-store');
  if (order.kind === 'csv') {
    // A cell that begins like a formula is made text: spreadsheets would run it.
    const cell = (value: string) => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;
    const text = [head, ...lines, [mark]].map((line) => line.map(cell).join(',')).join('\r\n');
    res.type('text/csv; charset=utf-8').send(`\ufeff${text}\r\n`);
    return;
  }
  // Large, and needed for this only: it is loaded when somebody asks.
  const { default: ExcelJS } = await import('exceljs');
  const workbook = new ExcelJS.Workbook();
  workbook.creator = actor.name;
  const sheet = workbook.addWorksheet('台账', {
    views: [{ state: 'frozen', ySplit: 1 }],
    headerFooter: { oddFooter: `&L${mark.replaceAll('&', '&&')}&R&P/&N` },
    pageSetup: { orientation: 'landscape', fitToPage: true, fitToHeight: 0 },
  });
  sheet.addRow(head).font = { bold: true };
  for (const line of lines) sheet.addRow(line);
  sheet.addRow([mark]);
  fields.forEach((field, index) => {
    sheet.getColumn(index + 1).width = WIDTHS[field] ?? 18;
  });
  res
    .type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
    .send(Buffer.from(await workbook.xlsx.writeBuffer()));
}
