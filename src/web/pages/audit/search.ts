import { shanghaiDate, shanghaiInstant } from '../../../kernel/clock.ts';
import { readDay, toLocalDate } from '../../../modules/calendar/index.ts';
import { EVENT_TYPES, eventTitle, searchHistory } from '../../../modules/history/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { problemViews } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { saidOf } from './said.ts';
import { leaveTrail, requireCity } from './trail.ts';

const PAGE = 50;
const SUBJECTS: Record<string, string> = {
  demand: '诉求',
  user: '用户',
  org: '组织',
  calendar: '日历',
  'rule-set': '规则',
  export: '导出',
  operations: '运行',
  audit: '审计',
};

/** P35: search over the whole history. */
export function searchPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/audit',
      permission: 'audit.read',
      scope: '全市（只读，查询留痕）',
      handle: (ask) => search(house, ask),
    },
    {
      method: 'get',
      path: '/audit/exports',
      permission: 'audit.read',
      scope: '全市（只读，查询留痕）',
      handle({ res }) {
        res.redirect(303, '/audit?type=ledger.exported');
      },
    },
  ];
}

interface Filter {
  subject: string;
  number: string;
  who: string;
  type: string;
  from: string;
  to: string;
}

async function search(house: House, { req, res, actor }: Ask): Promise<void> {
  requireCity(actor);
  const today = shanghaiDate(house.clock.now());
  const asked = (name: string) => textOf(req.query[name]) ?? '';
  const filter: Filter = {
    subject: Object.hasOwn(SUBJECTS, asked('subject')) ? asked('subject') : '',
    number: asked('number').toUpperCase(),
    who: asked('who'),
    type: Object.hasOwn(EVENT_TYPES, asked('type')) ? asked('type') : '',
    from: asked('from') ? readDay(asked('from'), today) : '',
    to: asked('to') ? readDay(asked('to'), today) : '',
  };
  const problems = problemViews(dayProblems(filter.from, filter.to));
  const directory = await house.directory();
  const found = problems.length > 0 ? undefined : await find(house, filter, textOf(req.query.before));
  if (!found?.unknown && found)
    await leaveTrail(house, actor, 'audit.searched', { filter: filled(filter), count: found.events.length });
  const subjects = await numbersOf(
    house,
    (found?.events ?? []).filter((event) => event.subjectType === 'demand').map((event) => event.subjectId),
  );
  const query = new URLSearchParams(Object.entries(filled(filter)) as [string, string][]);
  const last = found?.events[found.events.length - 1];
  res.status(problems.length > 0 ? 422 : 200).render('audit/search', {
    title: '历史检索',
    filter,
    problems,
    subjects: Object.entries(SUBJECTS),
    types: Object.entries(EVENT_TYPES).map(([value, item]) => ({ value, label: item.title })),
    unknown: found?.unknown ?? null,
    events: (found?.events ?? []).map((event) => ({
      ...event,
      at: format.time(event.occurredAt),
      for: event.onBehalfOf ? (directory.user(event.onBehalfOf)?.name ?? event.onBehalfOf) : '',
      what: eventTitle(event.type),
      subject: SUBJECTS[event.subjectType] ?? event.subjectType,
      name:
        subjects.get(event.subjectId) ??
        directory.user(event.subjectId)?.name ??
        directory.bureau(event.subjectId)?.shortName ??
        '',
      number: subjects.get(event.subjectId) ?? '',
      ...saidOf(event.payload, directory),
    })),
    next: found && found.events.length === PAGE && last ? `/audit?${query}&before=${last.position}` : null,
    first: textOf(req.query.before) ? `/audit?${query}` : null,
  });
}

const filled = (filter: Filter): Record<string, string> =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));

function dayProblems(from: string, to: string) {
  const problems: { pointer: string; message: string }[] = [];
  for (const [field, value, title] of [
    ['from', from, '开始日期'],
    ['to', to, '结束日期'],
  ] as const) {
    if (value && !isDay(value))
      problems.push({
        pointer: `/${field}`,
        message: `“${title}”的“${value}”不是有效日期，请写成 2026-11-23 的样子。`,
      });
  }
  if (problems.length === 0 && from && to && from > to)
    problems.push({ pointer: '/from', message: '开始日期晚于结束日期，请对调或改一个。' });
  return problems;
}

function isDay(text: string): boolean {
  try {
    return toLocalDate(text) === text;
  } catch {
    return false;
  }
}

/** Numbers and names are looked up first, so that a slip of the pen is told apart from an empty history. */
async function find(house: House, filter: Filter, before: string | undefined) {
  const [demand] = filter.number
    ? await house.sql.query<{ id: string }>('select id from demand where number = $1', [filter.number])
    : [];
  if (filter.number && !demand) return { unknown: `没有找到编号“${filter.number}”。请核对编号。`, events: [] };
  const directory = await house.directory();
  const person = filter.who
    ? directory.data.users.find((user) => user.login === filter.who.toLowerCase() || user.name === filter.who)
    : undefined;
  const login = person?.login ?? (['system', '系统'].includes(filter.who) ? 'system' : undefined);
  if (filter.who && !login) return { unknown: `没有找到“${filter.who}”这个人。请填姓名或用户名。`, events: [] };
  const events = await searchHistory(house.sql, {
    ...(filter.subject ? { subjectType: filter.subject } : {}),
    ...(demand ? { subjectType: 'demand', subjectId: demand.id } : {}),
    ...(login ? { actor: login } : {}),
    ...(filter.type ? { type: filter.type } : {}),
    ...(filter.from ? { from: shanghaiInstant(filter.from).toISOString() } : {}),
    ...(filter.to ? { to: new Date(+shanghaiInstant(filter.to) + 86_400_000).toISOString() } : {}),
    ...(before && /^\d{1,18}$/.test(before) ? { before } : {}),
    limit: PAGE,
  });
  return { unknown: null, events };
}

/** Numbers of demands by their ids. */
export async function numbersOf(house: House, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await house.sql.query<{ id: string; number: string }>(
    'select id, number from demand where id = any($1::text[])',
    [[...new Set(ids)]],
  );
  return new Map(rows.map((row) => [row.id, row.number]));
}
