import { type FieldProblem, invalid, isDomainError } from '../../../../kernel/errors.ts';
import {
  type Facts,
  outcomeFrom,
  type RuleExample,
  type RuleSet,
  readTypedFacts,
  removeExample,
  ruleForm,
  runExamples,
  writeExample,
} from '../../../../modules/rules/index.ts';
import type { House } from '../../../house.ts';
import { fieldViews, problemViews, type Typed } from '../../../plain-form.ts';
import { type Ask, textOf } from '../../../route.ts';
import { factField } from '../rules.ts';
import { ruleFormView, typedRule } from './rule-fields.ts';
import { autosave, conflictOf, frameOf, keep, refuseIfAny, revisionOf, type Workshop, workshopOf } from './workshop.ts';

interface State {
  /** Facts a new example begins with: what was just tried. */
  given?: Typed;
  open?: number;
  typed?: {
    name: string;
    was: string;
    because: string;
    facts: Typed;
    outcome: ReturnType<typeof typedRule>['outcome'];
  };
  problems?: readonly FieldProblem[];
  conflict?: string;
  status?: number;
}

const listOf = (examples: unknown): RuleExample[] => (Array.isArray(examples) ? examples : []);

/** 用例: facts, what they should come to and why, run now against the draft. */
export async function showExamples(
  house: House,
  { req, res }: Pick<Ask, 'req' | 'res'>,
  workshop: Workshop,
  state: State = {},
): Promise<void> {
  const { set } = workshop;
  const frame = await frameOf(house, workshop, 'examples');
  if (!set) return res.render('admin/rule-workshop/examples', { ...frame, broken: workshop.mistakes, problems: [] });
  const examples = listOf(workshop.examples);
  const asked = textOf(req.query.example);
  const open = state.open ?? (asked === 'new' ? examples.length : asked === undefined ? -1 : Number(asked));
  const results = runExamples(set, examples);
  res.status(state.status ?? 200).render('admin/rule-workshop/examples', {
    ...frame,
    broken: null,
    conflict: state.conflict ?? '',
    problems: problemViews(state.problems ?? [], 't').map((problem) =>
      problem.field.startsWith('o.') ? { ...problem, href: `#r-${problem.field}` } : problem,
    ),
    examples: results,
    failed: results.filter((result) => !result.passed).length,
    open:
      open >= 0 && open <= examples.length
        ? fieldsOf(set, examples[open], open, { given: factsIn(set, req.query), ...state })
        : null,
  });
}

/** Facts as they were typed into a form, or as an address brings them. */
const factsIn = (set: RuleSet, given: Record<string, unknown>): Typed =>
  Object.fromEntries(
    Object.keys(set.facts).map((name) => {
      const value = given[`fact.${name}`];
      return [name, Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value : ''];
    }),
  );

function fieldsOf(set: RuleSet, example: RuleExample | undefined, index: number, state: State) {
  const { typed } = state;
  const problems = state.problems ?? [];
  const form = ruleForm(set, { title: '', priority: 1, conditions: { all: [] }, outcome: example?.expect ?? {} });
  const facts: Typed =
    typed?.facts ??
    (example ? undefined : state.given) ??
    Object.fromEntries(
      Object.keys(set.facts).map((name) => {
        const value = example?.facts[name];
        if (Array.isArray(value)) return [name, set.facts[name]!.enum ? value.map(String) : value.join('、')];
        return [
          name,
          value === null || value === undefined
            ? ''
            : typeof value === 'object'
              ? JSON.stringify(value)
              : String(value),
        ];
      }),
    );
  return {
    index,
    isNew: example === undefined,
    dirty: typed !== undefined,
    name: typed?.name ?? example?.name ?? '',
    /** The name it was opened by: it is found by it again when places have changed meanwhile. */
    was: typed?.was ?? example?.name ?? '',
    because: typed?.because ?? example?.because ?? '',
    error: problems.find((problem) => problem.pointer === '/name')?.message ?? '',
    facts: fieldViews(
      // An example may leave out what the rules would ask for: then that is what it shows.
      Object.entries(set.facts).map(([name, fact]) => ({ ...factField(name, fact), required: false })),
      facts,
      problemViews(problems, 't'),
      't',
    ).map((field) => ({ ...field, name: `fact.${field.name}` })),
    outcomes: ruleFormView(set, { ...form, outcome: typed?.outcome ?? form.outcome }, problems).outcomes.map(
      (outcome) => ({
        ...outcome,
        required: false,
        ways: outcome.ways
          .filter(([way]) => !way!.startsWith('fact:'))
          .map(([way, words]) => [way, way === '' ? '不检查' : words]),
      }),
    ),
  };
}

/** Saves or removes one example. */
export async function actOnExamples(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.id);
  const workshop = await workshopOf(house, id);
  const { draft, set } = workshop;
  if (!draft || !set) return res.redirect(303, `/rules/${id}/edit?view=examples`);
  const index = Number(textOf(req.body.example));
  const examples = listOf(workshop.examples);
  const text = draft.examples ?? `${JSON.stringify(examples, null, 2)}\n`;
  const typed = {
    name: textOf(req.body.name) ?? '',
    was: textOf(req.body.was) ?? '',
    because: textOf(req.body.because) ?? '',
    facts: factsIn(set, req.body),
    outcome: typedRule(req.body).outcome,
  };
  const again = async (state: State) =>
    showExamples(house, ask, await workshopOf(house, id), { open: index, typed, ...state });
  try {
    if (!Number.isInteger(index) || index < 0 || index > examples.length)
      throw invalid('没有这个用例，它可能刚刚被删除。');
    const kept = (text: string) =>
      keep(house, actor, { id, content: draft.content, examples: text, revision: revisionOf(ask) });
    if (req.body.act === 'autosave')
      return await autosave(
        ask,
        async () => kept(writeExample(text, index, exampleFrom(set, typed, examples, index))),
        { was: typed.name },
      );
    const next =
      req.body.act === 'remove'
        ? removeExample(text, index)
        : writeExample(text, index, exampleFrom(set, typed, examples, index));
    await kept(next);
    res.redirect(303, `/rules/${id}/edit?view=examples&ok=draft-kept#e-${index}`);
  } catch (error) {
    if (!isDomainError(error) || req.body.act === 'autosave') throw error;
    if (error.code === 'Conflict') {
      const now = listOf((await workshopOf(house, id)).examples);
      const place = typed.was ? now.findIndex((example) => example.name === typed.was) : -1;
      // Nothing was typed to remove one; what was typed into one that is gone becomes a new one.
      const open = req.body.act === 'remove' ? -1 : place < 0 ? now.length : place;
      return again({ open, conflict: await conflictOf(house, id), status: 409 });
    }
    if (error.code !== 'Invalid') throw error;
    return again({ problems: error.problems, status: 422 });
  }
}

function exampleFrom(
  set: RuleSet,
  typed: NonNullable<State['typed']>,
  examples: readonly RuleExample[],
  index: number,
): RuleExample {
  const problems: FieldProblem[] = [];
  if (!typed.name) problems.push({ pointer: '/name', message: '用例还没有名称。请用一句话写它是什么情形。' });
  if (examples.some((other, place) => place !== index && other.name === typed.name))
    problems.push({ pointer: '/name', message: `已经有一个用例叫“${typed.name}”。请换一个名称。` });
  const expect = outcomeFrom(set, typed.outcome, problems);
  if (Object.keys(expect).length === 0 && problems.length === 0)
    problems.push({ pointer: '/name', message: '用例还没有写应得的结果。请至少选一项，写明应得什么。' });
  refuseIfAny(problems);
  const optional = Object.fromEntries(
    Object.entries(set.facts).map(([name, fact]) => [name, { ...fact, required: false }]),
  );
  const read = readTypedFacts({ ...set, facts: optional }, typed.facts);
  // What was there and is still left empty stays as it was: `null` written out, or facts the dictionary no longer has.
  const before: Facts = examples[index]?.facts ?? {};
  const kept = Object.entries(before).filter(([name, value]) => value === null && !Object.hasOwn(read, name));
  return {
    name: typed.name,
    facts: { ...read, ...Object.fromEntries(kept) },
    expect,
    ...(typed.because ? { because: typed.because } : {}),
  };
}
