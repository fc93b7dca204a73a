import { shanghaiDate } from '../../../kernel/clock.ts';
import { isDomainError, notFound } from '../../../kernel/errors.ts';
import {
  activeRuleSet,
  evaluateRuleSet,
  explainInWords,
  type FactDeclaration,
  listRuleSets,
  listRuleSetVersions,
  nearestChange,
  outcomeInWords,
  type RuleSet,
  readTypedFacts,
  ruleSetVersion,
  rulesInWords,
  runExamples,
} from '../../../modules/rules/index.ts';
import { format, longDay } from '../../format.ts';
import type { House } from '../../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { clauseViews } from './clauses.ts';
import { departmentWords } from './department-words.ts';
import { calendarBar } from './frame.ts';

const STRATEGIES = {
  first: '自上而下，第一条成立的规则决定结果',
  'highest-priority': '优先级最高的成立规则决定结果',
  all: '所有成立的规则都起作用，优先级高的盖过低的',
};
const TYPES = { string: '文字', number: '数字', boolean: '是或否', list: '列表', object: '对象' };

/** Rule sets for reading: facts, every rule as a sentence, examples run now, a bench to try it, and all versions. */
export function rulePages(house: House): Route[] {
  const common = { method: 'get', permission: 'rules.read', scope: '全部（不含个人信息）' } as const;
  return [
    { ...common, path: '/rules', handle: (ask) => showList(house, ask) },
    { ...common, path: '/rules/:id', handle: (ask) => showSet(house, ask) },
    {
      ...common,
      path: '/rules/:id/file',
      async handle({ req, res }) {
        const set = await ruleSetAsked(house, req);
        const versions = await listRuleSetVersions(house.sql, set.id);
        const { content } = versions.find((item) => item.version === set.version)!;
        res.type('application/json').attachment(`${set.id}.rules.json`).send(content);
      },
    },
  ];
}

async function showList(house: House, { res }: Ask): Promise<void> {
  const sets = await listRuleSets(house.sql, shanghaiDate(house.clock.now()));
  res.render('admin/rules', {
    title: '规则',
    sets: sets.map((set) => {
      const examples = runExamples(set, house.ruleExamples.get(set.id));
      return {
        ...set,
        from: longDay(set.effectiveFrom),
        clauses: clauseViews(house.clauses, set.basis),
        examples: { all: examples.length, failed: examples.filter((example) => !example.passed).length },
      };
    }),
    bar: await calendarBar(house),
  });
}

async function ruleSetAsked(house: House, req: Ask['req']): Promise<RuleSet> {
  const version = textOf(req.query.version);
  if (version !== undefined && !/^[1-9]\d{0,5}$/.test(version)) throw notFound('没有这个版本。');
  const id = String(req.params.id);
  return version
    ? ruleSetVersion(house.sql, id, Number(version))
    : activeRuleSet(house.sql, id, shanghaiDate(house.clock.now()));
}

async function showSet(house: House, { req, res }: Ask): Promise<void> {
  const set = await ruleSetAsked(house, req);
  const [versions, people, active] = await Promise.all([
    listRuleSetVersions(house.sql, set.id),
    house.directory(),
    activeRuleSet(house.sql, set.id, shanghaiDate(house.clock.now())),
  ]);
  const examples = runExamples(set, house.ruleExamples.get(set.id));
  const bench = await tryOut(set, req.query, examples);
  res.status(bench.problems.length > 0 ? 422 : 200).render('admin/rule-set', {
    title: set.title,
    set,
    from: longDay(set.effectiveFrom),
    isActive: set.version === active.version,
    strategy: STRATEGIES[set.strategy],
    clauses: clauseViews(house.clauses, set.basis),
    rules: rulesInWords(set).map((rule) => ({
      ...rule,
      clause: clauseViews(house.clauses, rule.basis ? [rule.basis] : [])[0],
    })),
    fallback: outcomeInWords(set, set.default.outcome),
    facts: Object.entries(set.facts).map(([name, fact]) => ({
      name,
      title: fact.title,
      type: TYPES[fact.type],
      values: Object.entries(fact.enum ?? {}).map(([code, word]) => `${word}（${code}）`),
      required: fact.required === true,
    })),
    examples,
    failed: examples.filter((example) => !example.passed).length,
    ...bench,
    named: departmentWords(people).named,
    history: versions.map((item) => ({
      ...item,
      by: people.user(item.publishedBy)?.name ?? (item.publishedBy === 'system' ? '系统' : item.publishedBy),
      at: format.time(item.publishedAt),
      from: longDay(item.effectiveFrom),
    })),
    bar: await calendarBar(house),
  });
}

/** 试一试: a plain GET form, so that a trial is an address that can be kept and sent. Nothing is stored. */
async function tryOut(set: RuleSet, query: Record<string, unknown>, examples: ReturnType<typeof runExamples>) {
  const given = Object.keys(set.facts).some((name) => query[`fact.${name}`] !== undefined);
  const typed: Typed = Object.fromEntries(
    Object.keys(set.facts).map((name) => {
      const value = query[`fact.${name}`];
      return [name, Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value : ''];
    }),
  );
  const fields = (problems: ReturnType<typeof problemViews>) =>
    fieldViews(
      Object.entries(set.facts).map(([name, fact]) => factField(name, fact)),
      typed,
      problems,
      't',
    ).map((field) => ({ ...field, name: `fact.${field.name}` }));
  const none = {
    fields: fields([]),
    problems: [] as ReturnType<typeof problemViews>,
    result: null,
    examplesCount: examples.length,
  };
  if (!given) return none;
  try {
    const facts = readTypedFacts(set, typed);
    const { outcome, ruleId, reason, explanation } = await evaluateRuleSet(set, facts);
    return {
      ...none,
      result: {
        outcome: outcomeInWords(set, outcome),
        ruleId,
        reason,
        rules: explainInWords(set, explanation),
        nearest: nearestChange(set, explanation),
      },
    };
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    const problems = problemViews(error.problems, 't');
    return { ...none, problems, fields: fields(problems) };
  }
}

/** A fact as a field, typed as it is declared. */
export function factField(name: string, fact: FactDeclaration): FieldSpec {
  const options = Object.entries(fact.enum ?? {}).map(([value, label]) => ({ value, label }));
  const base = { name, label: fact.title, ...(fact.required ? { required: true } : {}) };
  if (fact.type === 'boolean')
    return {
      ...base,
      type: 'select',
      options: [
        { value: 'true', label: '是' },
        { value: 'false', label: '否' },
      ],
    };
  if (fact.type === 'list' && options.length > 0) return { ...base, type: 'checklist', options };
  if (options.length > 0) return { ...base, type: 'select', options };
  if (fact.type === 'list') return { ...base, type: 'textfield', hint: '多项用顿号隔开。' };
  if (fact.type === 'object') return { ...base, type: 'textfield', hint: '写成 JSON，例如 {"a": 1}。' };
  return { ...base, type: 'textfield', ...(fact.type === 'number' ? { inputMode: 'decimal' } : {}) };
}
