import { sqlOf } from '../../../db/orm.ts';
import { type FieldProblem, isDomainError, notFound } from '../../../kernel/errors.ts';
import { may } from '../../../modules/access/index.ts';
import { clockChanges } from '../../../modules/demands/index.ts';
import {
  type Chosen,
  CLOCK_MODES,
  chosenKeys,
  countItems,
  diagramOf,
  elementTable,
  engineVerdicts,
  findMigration,
  type ItemFilter,
  listMigrations,
  MIGRATION_ITEM_STATES,
  MIGRATION_STATES,
  type Migration,
  type MigrationClocks,
  type MigrationItem,
  type MigrationWork,
  mappingFor,
  migrationItems,
  pickInstances,
  REVERT_HOURS,
  reasonsOf,
  rehearse,
  rehearseAgain,
  revertMigration,
  revertRefusal,
  shortNumber,
  startMigration,
} from '../../../modules/processes/index.ts';
import { formRoutes } from '../../form-page.ts';
import { format } from '../../format.ts';
import type { House, Unit } from '../../house.ts';
import { problemViews } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { CLOCKS } from '../clock-names.ts';
import { sendSheets } from '../statistics/sheets.ts';
import { calendarBar } from './frame.ts';
import { processNames } from './instances.ts';

const SCOPE = '运行状态（件号后段，不含个人信息）';

/** P28: running instances move to another version, rehearsed first. */
export function migrationPages(house: House): Route[] {
  const read = { permission: 'operations.read', scope: SCOPE } as const;
  const manage = { permission: 'instance.manage', scope: SCOPE } as const;
  return [
    { method: 'get', path: '/migrations', ...read, handle: (ask) => showMigrations(house, ask) },
    { method: 'get', path: '/migrations/new', ...manage, handle: (ask) => showNew(house, ask, []) },
    // The same page after “更新对应表”: a long list of numbers does not fit into an address.
    { method: 'post', path: '/migrations/new', ...manage, handle: (ask) => showNew(house, ask, []) },
    { method: 'post', path: '/migrations', ...manage, handle: (ask) => make(house, ask) },
    { method: 'get', path: '/migrations/:id', ...read, handle: (ask) => showMigration(house, ask) },
    { method: 'get', path: '/migrations/:id/items.csv', ...read, handle: (ask) => sendItems(house, ask, 'csv') },
    { method: 'get', path: '/migrations/:id/items.xlsx', ...read, handle: (ask) => sendItems(house, ask, 'xlsx') },
    { method: 'post', path: '/migrations/:id/rehearse', ...manage, handle: (ask) => again(house, ask) },
    { method: 'post', path: '/migrations/:id/start', ...manage, handle: (ask) => start(house, ask) },
    ...formRoutes({
      path: '/migrations/:id/revert',
      ...manage,
      async view({ req }) {
        const migration = await findMigration(house.sql, String(req.params.id));
        const refusal = revertRefusal(migration, house.clock.now());
        return {
          title: '撤回迁移',
          crumbs: [
            ['/migrations', '迁移'],
            [`/migrations/${migration.id}`, headline(migration)],
          ],
          ...(refusal ? { blocked: { text: refusal, href: `/migrations/${migration.id}`, link: '返回' } } : {}),
          fields: [{ type: 'textarea', name: 'reason', label: '原因', required: true, rows: 3 }],
          effect: `点“撤回迁移”后：迁移成功的 ${migration.counts.DONE ?? 0} 件逐件回到第 ${migration.fromVersion} 版，改过的期限改回；在此期间已经走到新节点的件留在第 ${migration.toVersion} 版，写明原因。`,
          button: '撤回迁移',
          danger: true,
        };
      },
      async submit(ask) {
        const id = String(ask.req.params.id);
        await house.transaction(ask.actor, (unit) =>
          revertMigration(workOf(house, unit, ask, id), textOf(ask.req.body?.reason) ?? ''),
        );
        house.migrateNow();
        ask.res.redirect(303, `/migrations/${id}`);
      },
    }),
  ];
}

const headline = (item: { fromVersion: number; toVersion: number }) =>
  `第 ${item.fromVersion} 版 → 第 ${item.toVersion} 版`;

const workOf = (
  house: House,
  unit: Unit,
  ask: Ask,
  id: string,
  verdicts: MigrationWork['verdicts'] = new Map(),
): MigrationWork => ({
  sql: sqlOf(unit.em),
  actor: ask.actor,
  now: house.clock.now(),
  id,
  verdicts,
  clocks: (demandId, mode) => clockChanges(unit, demandId, mode),
});

async function showMigrations(house: House, { res, actor }: Ask): Promise<void> {
  const { names, versions } = await processNames(house);
  const migrations = await listMigrations(house.sql);
  res.render('admin/migrations', {
    title: '迁移',
    rows: migrations.map((item) => ({
      ...item,
      process: names.get(item.processId) ?? item.processId,
      headline: headline(item),
      at: format.time(item.madeAt),
      stateName: MIGRATION_STATES[item.state],
    })),
    processes: [...names].filter(([id]) => (versions.get(id)?.length ?? 0) > 1).map(([id, name]) => ({ id, name })),
    manage: may(actor, 'instance.manage'),
    bar: await calendarBar(house),
  });
}

const numberOf = (value: unknown): number | undefined => {
  const text = textOf(value);
  return text && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
};

/** What a form or an address says, before it is complete. */
async function asked(house: House, source: Record<string, unknown>, processId: string, versions: readonly number[]) {
  const to = numberOf(source.to) ?? versions[0]!;
  const from = numberOf(source.from) ?? versions.find((version) => version !== to) ?? to;
  if (!versions.includes(from) || !versions.includes(to)) throw notFound('没有这个版本。请从列表里选择。');
  const which = textOf(source.which) ?? 'all';
  const elementId = textOf(source.element) ?? '';
  const typed = [textOf(source.keys) ?? '', ...[source.key ?? []].flat().map(String)].join(' ').trim();
  const picked =
    which === 'chosen'
      ? await pickInstances(house.sql, { processId, fromVersion: from }, typed)
      : { keys: [], problems: [] };
  const chosen: Chosen =
    which === 'element' && elementId ? { elementId } : which === 'chosen' ? { keys: picked.keys } : { all: true };
  const clocks = textOf(source.clocks) as MigrationClocks | undefined;
  return {
    from,
    to,
    which,
    elementId,
    keys: typed,
    pickProblems: picked.problems,
    chosen,
    clocks: clocks && Object.hasOwn(CLOCK_MODES, clocks) ? clocks : ('KEEP' as const),
    reason: textOf(source.reason) ?? '',
  };
}

async function showNew(house: House, { req, res }: Ask, problems: readonly FieldProblem[]): Promise<void> {
  const source: Record<string, unknown> = { ...req.query, ...req.body };
  const { names, versions } = await processNames(house);
  const processId = textOf(source.process) ?? '';
  // Which process is chosen on the list.
  if (processId === '') return res.redirect(303, '/migrations');
  const own = versions.get(processId);
  if (!own) throw notFound('没有这个流程。请从“迁移”选择。');
  if (own.length < 2) throw notFound('这个流程只有一版，没有可以迁到的版本。');
  const form = await asked(house, source, processId, own);
  const keys = await chosenKeys(house.sql, { processId, fromVersion: form.from, chosen: form.chosen });
  const mapping = await mappingFor(house.sql, { processId, fromVersion: form.from, toVersion: form.to, keys });
  const sourceDiagram = await diagramOf(house.sql, processId, form.from);
  const views = problemViews(problems, 'm');
  res.status(problems.length > 0 ? 422 : 200).render('admin/migration-new', {
    title: '新的迁移',
    process: { id: processId, name: names.get(processId) ?? processId },
    versions: own,
    form,
    count: keys.length,
    pickProblems: form.pickProblems,
    elements: elementTable(sourceDiagram).map(({ id, name, kind }) => ({ id, name, kind })),
    mapping: mapping.map((row) => ({
      ...row,
      to: textOf(source[`map-${row.from}`]) ?? row.to ?? '',
      error: views.find((problem) => problem.field === `map-${row.from}`)?.message ?? '',
    })),
    modes: CLOCK_MODES,
    problems: views,
    errorOf: (field: string) => views.find((problem) => problem.field === field)?.message ?? '',
    bar: await calendarBar(house),
  });
}

async function make(house: House, ask: Ask): Promise<void> {
  const body: Record<string, unknown> = ask.req.body ?? {};
  const { versions } = await processNames(house);
  const processId = textOf(body.process) ?? '';
  const own = versions.get(processId);
  if (!own) throw notFound('没有这个流程。请从“迁移”选择。');
  const form = await asked(house, body, processId, own);
  if (form.pickProblems.length > 0)
    return showNew(
      house,
      ask,
      form.pickProblems.map((message) => ({ pointer: '/keys', message })),
    );
  const mapping = Object.entries(body).flatMap(([name, value]) => {
    const to = textOf(value);
    const from = /^map-(.+)$/.exec(name)?.[1];
    return from && to && from !== to ? [{ from, to }] : [];
  });
  const input = {
    processId,
    fromVersion: form.from,
    toVersion: form.to,
    chosen: form.chosen,
    mapping,
    clocks: form.clocks,
    reason: form.reason,
  };
  try {
    const verdicts = await engineVerdicts(house.sql, input, house.rehearseMigrations);
    const id = await house.transaction(ask.actor, (unit) =>
      rehearse(workOf(house, unit, ask, house.ids.uuid(), verdicts), input),
    );
    ask.res.redirect(303, `/migrations/${id}`);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    await showNew(house, ask, error.problems);
  }
}

async function again(house: House, ask: Ask): Promise<void> {
  const id = String(ask.req.params.id);
  const verdicts = await engineVerdicts(house.sql, await findMigration(house.sql, id), house.rehearseMigrations);
  await house.transaction(ask.actor, (unit) => rehearseAgain(workOf(house, unit, ask, id, verdicts)));
  ask.res.redirect(303, `/migrations/${id}`);
}

async function start(house: House, ask: Ask): Promise<void> {
  const id = String(ask.req.params.id);
  const seen = numberOf(ask.req.body?.revision) ?? 0;
  await house.transaction(ask.actor, (unit) => startMigration(workOf(house, unit, ask, id), seen));
  house.migrateNow();
  ask.res.redirect(303, `/migrations/${id}`);
}

const PAGE = 100;

/** Which items of a migration an address asks for. */
function onlyOf(query: Record<string, unknown>): { name: string; filter: ItemFilter } {
  const name = textOf(query.only) ?? '';
  const number = textOf(query.number)?.replace(/^…/, '');
  const filter: ItemFilter = number ? { number } : {};
  if (name === 'moved') return { name, filter: { ...filter, moved: true } };
  if (Object.hasOwn(MIGRATION_ITEM_STATES, name)) return { name, filter: { ...filter, state: name as never } };
  return { name: '', filter };
}

async function showMigration(house: House, { req, res, actor }: Ask): Promise<void> {
  const migration = await findMigration(house.sql, String(req.params.id));
  const { names } = await processNames(house);
  const { name, filter } = onlyOf(req.query);
  const found = await countItems(house.sql, migration.id, filter);
  const pages = Math.max(1, Math.ceil(found / PAGE));
  const page = Math.min(numberOf(req.query.page) ?? 1, pages);
  const [items, reasons, moved, source, target] = await Promise.all([
    migrationItems(house.sql, migration.id, filter, { limit: PAGE, offset: (page - 1) * PAGE }),
    reasonsOf(house.sql, migration.id, migration.state === 'REVERTED' ? 'KEPT' : 'REFUSED'),
    countItems(house.sql, migration.id, { moved: true }),
    diagramOf(house.sql, migration.processId, migration.fromVersion),
    diagramOf(house.sql, migration.processId, migration.toVersion),
  ]);
  const nameIn = (diagram: typeof source, id: string) => diagram.elements.find((item) => item.id === id)?.name ?? id;
  const { counts } = migration;
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
  const address = (change: Record<string, string>) =>
    `/migrations/${migration.id}?${new URLSearchParams({ ...(name ? { only: name } : {}), ...(filter.number ? { number: filter.number } : {}), ...change })}#items`;
  res.render('admin/migration', {
    title: `迁移 ${headline(migration)}`,
    migration: {
      ...migration,
      process: names.get(migration.processId) ?? migration.processId,
      headline: headline(migration),
      stateName: MIGRATION_STATES[migration.state],
      at: format.time(migration.madeAt),
      started: migration.startedAt ? format.time(migration.startedAt) : '',
      finished: migration.finishedAt ? format.time(migration.finishedAt) : '',
      clocksName: CLOCK_MODES[migration.clocks],
      which: whichOf(migration, (id) => nameIn(source, id)),
    },
    all,
    planned: counts.PLANNED ?? 0,
    done: counts.DONE ?? 0,
    reverted: counts.REVERTED ?? 0,
    refusedCount: counts.REFUSED ?? 0,
    keptCount: counts.KEPT ?? 0,
    movedCount: moved,
    reasons,
    only: name,
    number: filter.number ?? '',
    choices: [
      { value: '', label: `全部 ${all} 件` },
      ...Object.entries(MIGRATION_ITEM_STATES).flatMap(([value, label]) =>
        counts[value] ? [{ value, label: `${label} ${counts[value]} 件` }] : [],
      ),
      { value: 'moved', label: `期限会变或变了 ${moved} 件` },
    ],
    items: items.map((item) => itemView(item, migration.state)),
    found,
    page,
    pages,
    previous: page > 1 ? address({ page: String(page - 1) }) : null,
    next: page < pages ? address({ page: String(page + 1) }) : null,
    mapping: migration.mapping.map((item) => ({ from: nameIn(source, item.from), to: nameIn(target, item.to) })),
    revert: revertRefusal(migration, house.clock.now()) === null,
    revertHours: REVERT_HOURS,
    manage: may(actor, 'instance.manage'),
    bar: await calendarBar(house),
  });
}

/** Everything that became of every instance, as a file; numbers as the administrator sees them. */
async function sendItems(house: House, { req, res, actor }: Ask, kind: 'csv' | 'xlsx'): Promise<void> {
  const migration = await findMigration(house.sql, String(req.params.id));
  const { filter } = onlyOf(req.query);
  const { names } = await processNames(house);
  const items = await migrationItems(house.sql, migration.id, filter, { limit: MOST_EXPORTED });
  const views = items.map((item) => itemView(item, migration.state));
  const rows = views.flatMap((item) => {
    const own = [item.number, item.key, item.places, item.stateName, item.at, item.reasons.join(' ')];
    if (item.clocks.length === 0) return [[...own, '', '', '', '', '']];
    return item.clocks.map((clock) => [...own, clock.name, clock.from, clock.foreseen, clock.to, clock.said]);
  });
  const head = ['件号', '实例号', '停在', '结果', '时间', '原因', '期限', '原到期', '预演时的新到期', '新到期', '说明'];
  const process = names.get(migration.processId) ?? migration.processId;
  const note = `${process} ${headline(migration)}，期限${CLOCK_MODES[migration.clocks]}，原因：${migration.reason}，${migration.madeByName} ${format.time(migration.madeAt)} 预演，导出人 ${actor.name}`;
  await sendSheets(
    res,
    `迁移-${process}-${migration.fromVersion}-${migration.toVersion}`,
    kind,
    [{ title: '迁移', head, rows }],
    note,
  );
}
/** Rows of a spreadsheet are limited; a migration of more is asked for by its results. */
const MOST_EXPORTED = 200_000;

const whichOf = (migration: Migration, nameOf: (id: string) => string): string =>
  'elementId' in migration.chosen
    ? `停在“${nameOf(migration.chosen.elementId)}”的`
    : 'keys' in migration.chosen
      ? `选定的 ${migration.chosen.keys.length} 件`
      : '全部在办';

/** One instance on the page and in the file: where it stood, what became of it, which of its due moments move from when to when. */
function itemView(item: MigrationItem, state: Migration['state']) {
  const kinds = [...new Set([...item.clocks, ...item.foreseen].map((clock) => clock.kind))];
  return {
    key: item.key,
    number: shortNumber(item.demandNumber),
    places: item.elements.join('、'),
    stateName: state !== 'REHEARSED' && item.state === 'PLANNED' ? '等待' : MIGRATION_ITEM_STATES[item.state],
    problem: item.state === 'REFUSED' || item.state === 'KEPT',
    at: item.doneAt ? format.short(item.doneAt) : '',
    reasons: (item.reason ?? '').split('\n').filter(Boolean),
    clocks: kinds.map((kind) => clockView(kind, item)),
  };
}

function clockView(kind: string, item: MigrationItem) {
  const [foreseen, moved] = [item.foreseen, item.clocks].map((list) => list.find((clock) => clock.kind === kind));
  const shown = (moved ?? foreseen)!;
  const carriedOut = item.state !== 'PLANNED';
  return {
    name: CLOCKS[kind] ?? kind,
    from: format.short(shown.from),
    foreseen: foreseen ? format.short(foreseen.to) : '',
    to: moved ? format.short(moved.to) : '',
    said: moved?.back
      ? '已改回原到期'
      : carriedOut && !moved
        ? '没有变'
        : moved && foreseen && moved.to !== foreseen.to
          ? `预演时是 ${format.short(foreseen.to)}`
          : '',
    sooner: shown.to < shown.from,
  };
}
