import { sqlOf } from '../../../db/orm.ts';
import { type FieldProblem, isDomainError, notFound } from '../../../kernel/errors.ts';
import { may } from '../../../modules/access/index.ts';
import { clockChanges } from '../../../modules/demands/index.ts';
import {
  type Chosen,
  CLOCK_MODES,
  chosenKeys,
  diagramOf,
  elementTable,
  engineVerdicts,
  findMigration,
  listMigrations,
  MIGRATION_STATES,
  type Migration,
  type MigrationClocks,
  type MigrationWork,
  mappingFor,
  migrationItems,
  REVERT_HOURS,
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
    { method: 'post', path: '/migrations', ...manage, handle: (ask) => make(house, ask) },
    { method: 'get', path: '/migrations/:id', ...read, handle: (ask) => showMigration(house, ask) },
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
function asked(source: Record<string, unknown>, versions: readonly number[]) {
  const to = numberOf(source.to) ?? versions[0]!;
  const from = numberOf(source.from) ?? versions.find((version) => version !== to) ?? to;
  const which = textOf(source.which) ?? 'all';
  const elementId = textOf(source.element) ?? '';
  const keys = (textOf(source.keys) ?? '').split(/[\s,，;；]+/).filter((key) => /^\d{1,19}$/.test(key));
  const chosen: Chosen =
    which === 'element' && elementId ? { elementId } : which === 'chosen' ? { keys } : { all: true };
  const clocks = textOf(source.clocks) as MigrationClocks | undefined;
  return {
    from,
    to,
    which,
    elementId,
    keys: textOf(source.keys) ?? '',
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
  const form = asked(source, own);
  if (!own.includes(form.from) || !own.includes(form.to)) throw notFound('没有这个版本。请从列表里选择。');
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
  const form = asked(body, own);
  if (!own.includes(form.from) || !own.includes(form.to)) throw notFound('没有这个版本。请从列表里选择。');
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

async function showMigration(house: House, { req, res, actor }: Ask): Promise<void> {
  const migration = await findMigration(house.sql, String(req.params.id));
  const { names } = await processNames(house);
  const [refused, kept, moved] = await Promise.all([
    migrationItems(house.sql, migration.id, { state: 'REFUSED' }),
    migrationItems(house.sql, migration.id, { state: 'KEPT' }),
    migrationItems(house.sql, migration.id, { moved: true }),
  ]);
  const [source, target] = await Promise.all([
    diagramOf(house.sql, migration.processId, migration.fromVersion),
    diagramOf(house.sql, migration.processId, migration.toVersion),
  ]);
  const nameIn = (diagram: typeof source, id: string) => diagram.elements.find((item) => item.id === id)?.name ?? id;
  const all = Object.values(migration.counts).reduce((sum, n) => sum + n, 0);
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
    planned: migration.counts.PLANNED ?? 0,
    done: migration.counts.DONE ?? 0,
    reverted: migration.counts.REVERTED ?? 0,
    refusedCount: migration.counts.REFUSED ?? 0,
    reasons: reasonsOf(refused),
    refused: refused.map(itemView),
    kept: kept.map(itemView),
    moved: moved.map(itemView),
    mapping: migration.mapping.map((item) => ({ from: nameIn(source, item.from), to: nameIn(target, item.to) })),
    revert: revertRefusal(migration, house.clock.now()) === null,
    revertHours: REVERT_HOURS,
    manage: may(actor, 'instance.manage'),
    bar: await calendarBar(house),
  });
}

const whichOf = (migration: Migration, nameOf: (id: string) => string): string =>
  'elementId' in migration.chosen
    ? `停在“${nameOf(migration.chosen.elementId)}”的`
    : 'keys' in migration.chosen
      ? `选定的 ${migration.chosen.keys.length} 件`
      : '全部在办';

/** Refusals by reason, the most frequent first. */
function reasonsOf(items: Awaited<ReturnType<typeof migrationItems>>): { reason: string; n: number }[] {
  const counts = new Map<string, number>();
  for (const item of items)
    for (const reason of (item.reason ?? '').split('\n')) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, n]) => ({ reason, n })).sort((a, b) => b.n - a.n);
}

const itemView = (item: Awaited<ReturnType<typeof migrationItems>>[number]) => ({
  ...item,
  number: shortNumber(item.demandNumber),
  reasons: (item.reason ?? '').split('\n').filter(Boolean),
  clocks: item.clocks.map((clock) => ({
    name: CLOCKS[clock.kind] ?? clock.kind,
    from: format.short(clock.from),
    to: format.short(clock.to),
    sooner: clock.to < clock.from,
  })),
});
