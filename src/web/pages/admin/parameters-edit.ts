import { sqlOf } from '../../../db/orm.ts';
import { type FieldProblem, invalid, isDomainError } from '../../../kernel/errors.ts';
import { countUnderWay, replayFinished } from '../../../modules/demands/index.ts';
import { beginDraft, keepDraft } from '../../../modules/processes/index.ts';
import {
  examplesInForce,
  listRuleSetVersions,
  notWhole,
  type Outcome,
  outcomeFrom,
  outcomeInWords,
  type RuleSet,
  ruleForm,
  writeDefault,
} from '../../../modules/rules/index.ts';
import type { House } from '../../house.ts';
import { problemViews } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { clauseViews } from './clauses.ts';
import { GROUPS, groupOf, titleAndUnit } from './parameter-groups.ts';
import { conflictOf, frameOf, revisionOf, type Workshop, workshopOf } from './rule-workshop/workshop.ts';

const SET = 'deadlines';
/** Months of finished demands that a change of days is tried on. */
const MONTHS = 12;

/** 修改参数: the default outcome of the rule set `deadlines` as a form. It writes a draft of the rule set, which is released like any other. */
export function parameterEditPages(house: House): Route[] {
  const own = { permission: 'design.edit', scope: '全部参数；完成的件只计数' } as const;
  return [
    { method: 'get', path: '/parameters/edit', ...own, handle: (ask) => show(house, ask) },
    { method: 'post', path: '/parameters/edit', ...own, handle: (ask) => save(house, ask) },
  ];
}

interface State {
  typed?: Record<string, string>;
  outcome?: Outcome;
  problems?: readonly FieldProblem[];
  conflict?: string;
  status?: number;
  previewed?: boolean;
}

async function show(house: House, { res }: Pick<Ask, 'res'>, state: State = {}): Promise<void> {
  const workshop = await workshopOf(house, SET);
  const { published, set } = workshop;
  const frame = await frameOf(house, workshop, 'table');
  const problems = problemViews(state.problems ?? []).map((problem) => ({
    ...problem,
    href: `#p-${problem.field.replace(/^o\./, '')}`,
  }));
  const common = { ...frame, title: '修改参数', problems, conflict: state.conflict ?? '' };
  if (workshop.draft && !set) return res.render('admin/parameters-edit', { ...common, broken: workshop.mistakes });
  const shown = set ?? published;
  const texts = textsOf(shown);
  const now = state.outcome ?? shown.default.outcome;
  const changed = Object.keys(now).filter((name) => now[name] !== published.default.outcome[name]);
  const since = new Date(house.clock.now());
  since.setUTCMonth(since.getUTCMonth() - MONTHS);
  const changes = changed.map((parameter) => ({
    parameter,
    from: published.default.outcome[parameter],
    to: now[parameter],
  }));
  const replayed = await replayFinished(house.sql, await house.calendar(), changes, since);
  const word = (name: string, value: unknown) => outcomeInWords(shown, { [name]: value ?? null })[0]!.value;
  const rows = Object.entries(shown.outcomeSchema)
    .filter(([name]) => Object.hasOwn(shown.default.outcome, name))
    .map(([name, declared]) => ({
      name,
      ...titleAndUnit(declared.title),
      number: declared.type === 'number',
      value: state.typed?.[name] ?? texts[name] ?? '',
      was: word(name, published.default.outcome[name]),
      changed: changed.includes(name),
      error: state.problems?.find((problem) => problem.pointer === `/o.${name}`)?.message ?? '',
      clause: clauseViews(house.clauses, declared.basis ? [declared.basis] : [])[0]?.name ?? '',
    }));
  res.status(state.status ?? 200).render('admin/parameters-edit', {
    ...common,
    broken: null,
    previewed: state.previewed ?? false,
    groups: [...GROUPS.map(([title]) => title), '其他'].flatMap((title) => {
      const own = rows.filter((row) => groupOf(row.name) === title);
      return own.length > 0 ? [{ title, rows: own }] : [];
    }),
    changes: changed.map((name) => {
      const { title, unit } = titleAndUnit(shown.outcomeSchema[name]!.title);
      const item = replayed.find((one) => one.parameter === name);
      return {
        title,
        unit,
        from: word(name, published.default.outcome[name]),
        to: word(name, now[name]),
        replay: item
          ? `近 ${MONTHS} 个月完成的 ${item.finished.toLocaleString('en')} 件里，逾期 ${item.lateThen.toLocaleString('en')} 件；按新值会逾期 ${item.lateNow.toLocaleString('en')} 件`
          : '',
      };
    }),
    underWay: await countUnderWay(house.sql),
  });
}

/** What each parameter reads like in its field. */
function textsOf(set: RuleSet): Record<string, string> {
  const { outcome } = ruleForm(set, { title: '', priority: 1, conditions: { all: [] }, outcome: set.default.outcome });
  return Object.fromEntries(Object.entries(outcome).map(([name, field]) => [name, field.value]));
}

async function save(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const workshop = await workshopOf(house, SET);
  if (workshop.draft && !workshop.set) return res.redirect(303, '/parameters/edit');
  const base = workshop.set ?? workshop.published;
  const before = textsOf(base);
  const typed = Object.fromEntries(
    Object.keys(base.default.outcome).map((name) => [
      name,
      textOf(req.body[`p.${name}`]) ?? (req.body[`p.${name}`] === undefined ? before[name]! : ''),
    ]),
  );
  try {
    const outcome = outcomeTyped(base, before, typed);
    if (req.body.act === 'preview') return show(house, ask, { typed, outcome, previewed: true });
    await write(house, ask, workshop, outcome);
    res.redirect(303, '/parameters/edit?ok=draft-kept');
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code === 'Conflict')
      return show(house, ask, { typed, conflict: await conflictOf(house, SET), status: 409 });
    if (error.code !== 'Invalid') throw error;
    return show(house, ask, { typed, problems: error.problems, status: 422 });
  }

  /** The values typed over those of the draft; what is left as it reads keeps its value. */
  function outcomeTyped(set: RuleSet, was: Record<string, string>, now: Record<string, string>): Outcome {
    const problems: FieldProblem[] = [];
    const fields = Object.fromEntries(
      Object.keys(set.default.outcome)
        .filter((name) => now[name] !== was[name])
        .map((name) => [name, { from: 'value', value: now[name]! }]),
    );
    for (const [name, { value }] of Object.entries(fields))
      if (value === '')
        problems.push({ pointer: `/o.${name}`, message: `“${set.outcomeSchema[name]!.title}”还没有填写。` });
    const outcome = outcomeFrom(set, fields, problems.length > 0 ? [] : problems);
    problems.push(...notWhole(set, outcome));
    if (problems.length > 0) throw invalid(`有 ${problems.length} 个参数需要修改`, problems);
    return { ...set.default.outcome, ...outcome };
  }

  async function write(house: House, ask: Ask, { draft, published }: Workshop, outcome: Outcome): Promise<void> {
    const by = { actor, now: house.clock.now() };
    const newest = (await listRuleSetVersions(house.sql, SET))[0]!;
    const content = Object.entries(outcome).reduce(
      (text, [name, value]) => (value === base.default.outcome[name] ? text : writeDefault(text, name, value)),
      draft?.content ?? newest.content,
    );
    const examples = draft
      ? null
      : ((await examplesInForce(house.sql)).get(SET) ??
        `${JSON.stringify(house.ruleExamples.get(SET) ?? [], null, 2)}\n`);
    await house.transaction(actor, (unit) =>
      draft
        ? keepDraft(sqlOf(unit.em), { kind: 'rules', id: published.id, content, revision: revisionOf(ask) }, by)
        : beginDraft(
            sqlOf(unit.em),
            { kind: 'rules', id: published.id, content, examples, basedOn: newest.version },
            by,
          ),
    );
  }
}
