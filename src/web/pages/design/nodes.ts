import { type FieldProblem, invalid, isDomainError } from '../../../kernel/errors.ts';
import {
  changeElement,
  type DesignDraft,
  type ElementField,
  elementFields,
  elementTable,
  INSERTABLE,
  type InsertableKind,
  insertTask,
  type Model,
  openModel,
  readDiagram,
  removeElement,
  whyNotRemovable,
} from '../../../modules/processes/index.ts';
import type { House } from '../../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed, typedIn } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { verdictOf } from './check.ts';
import { DESIGN, draftAsked } from './draft-words.ts';
import { openDraft } from './editor.ts';
import { keepOr409 } from './keep.ts';

/** P22 without a canvas: every element a row, everything that may be said of it by plain forms. */
export function nodePages(house: House): Route[] {
  return [
    { method: 'get', path: '/processes/:id/nodes', ...DESIGN, handle: (ask) => showNodes(house, ask) },
    { method: 'get', path: '/processes/:id/nodes/:element', ...DESIGN, handle: (ask) => showNode(house, ask) },
    { method: 'post', path: '/processes/:id/nodes/:element', ...DESIGN, handle: (ask) => changeNode(house, ask) },
    { method: 'post', path: '/processes/:id/nodes/:element/insert', ...DESIGN, handle: (ask) => insert(house, ask) },
    { method: 'post', path: '/processes/:id/nodes/:element/remove', ...DESIGN, handle: (ask) => remove(house, ask) },
  ];
}

async function showNodes(house: House, ask: Ask): Promise<void> {
  const opened = await openDraft(house, ask);
  if (!opened) return;
  const { draft, words } = opened;
  const [diagram, verdict, known] = await Promise.all([
    readDiagram(draft.content),
    verdictOf(house, draft.id, draft.content),
    house.designWords(),
  ]);
  const title = (choices: readonly { value: string; title: string }[], value: string | null) =>
    value ? (choices.find((choice) => choice.value === value)?.title ?? value) : '';
  const found = (place: string) => verdict.findings.filter((finding) => finding.place === place);
  const branches = (id: string) => {
    const flows = diagram.flows.filter((flow) => flow.source === id);
    return flows.length < 2
      ? []
      : flows.map((flow) => ({
          id: flow.id,
          name: flow.name || (flow.isDefault ? '其他情况' : '没有名称'),
          to: diagram.elements.find((element) => element.id === flow.target)?.name ?? flow.target,
          condition: flow.condition ?? '',
          isDefault: flow.isDefault,
          findings: found(flow.id),
        }));
  };
  const rows = elementTable(diagram, { unnamed: true });
  const shown = new Set(rows.flatMap((row) => [row.id, ...branches(row.id).map((way) => way.id)]));
  ask.res.render('design/nodes', {
    title: `${words.name}（草稿）：节点表`,
    draft: words,
    view: 'nodes',
    stylesheet: 'designer.css',
    verdict,
    // What is about the file, or about something that has no row, stands above the table.
    process: { id: draft.id, findings: verdict.findings.filter((finding) => !shown.has(finding.place)) },
    rows: rows.map((row) => ({
      ...row,
      formTitle: title(known.forms, row.formId),
      ruleTitle: title(known.ruleSets, row.ruleSet),
      calledTitle: title(known.processes, row.calledProcess),
      jobTitle: title(known.jobs, row.jobType),
      clockTitle: title(known.clocks, row.clock),
      branches: branches(row.id),
      findings: found(row.id),
    })),
  });
}

interface State {
  typed?: Typed;
  problems?: readonly FieldProblem[];
  inserting?: Typed;
  insertProblems?: readonly FieldProblem[];
  status?: number;
}

const KINDS = Object.entries(INSERTABLE).map(([value, { title }]) => ({ value, label: title }));
const INSERT: FieldSpec[] = [
  {
    type: 'textfield',
    name: 'stepName',
    label: '新步骤的名称',
    required: true,
    hint: '例如“复核答复”。',
    maxLength: 40,
  },
  { type: 'radio', name: 'kind', label: '是什么', required: true, options: KINDS },
];

async function showNode(house: House, ask: Ask, state: State = {}): Promise<void> {
  const opened = await openDraft(house, ask);
  if (!opened) return;
  const { draft, words } = opened;
  const id = String(ask.req.params.element);
  const model = await openModel(draft.content);
  const node = model.find(id);
  const fields = elementFields(model, id, await house.designWords());
  const problems = problemViews(state.problems ?? []);
  const insertProblems = problemViews(state.insertProblems ?? [], 'i');
  const verdict = await verdictOf(house, draft.id, draft.content);
  const ways = waysOut(node);
  ask.res.status(state.status ?? 200).render('design/node', {
    title: `${node.name || id}：属性`,
    draft: words,
    element: { id, name: node.name || id, isFlow: node.$type === 'bpmn:SequenceFlow' },
    fields: fieldViews(fields.map(specOf), { ...valuesOf(fields), ...state.typed }, problems),
    problems: [...problems, ...insertProblems],
    findings: verdict.findings.filter((finding) => finding.place === id),
    insertFields:
      ways.length > 0 ? fieldViews(insertSpecs(ways), { kind: 'user', ...state.inserting }, insertProblems, 'i') : null,
    whyNot: whyNotRemovable(model, id) ?? null,
  });
}

/** The flows a step may be put on: those that leave the element, or the flow itself. */
const waysOut = (node: any): { value: string; label: string }[] =>
  (node.$type === 'bpmn:SequenceFlow' ? [node] : (node.outgoing ?? [])).map((flow: any) => ({
    value: flow.id,
    label: `${flow.name ? `${flow.name} ` : ''}→ ${flow.targetRef?.name || flow.targetRef?.id}`,
  }));

const insertSpecs = (ways: { value: string; label: string }[]): FieldSpec[] =>
  ways.length < 2
    ? INSERT
    : [...INSERT, { type: 'radio', name: 'way', label: '插在哪一条路上', required: true, options: ways }];

const TYPES = { text: 'textfield', area: 'textarea', select: 'select', checks: 'checklist' } as const;
const specOf = (field: ElementField): FieldSpec => ({
  type: TYPES[field.type],
  name: field.name,
  label: field.label,
  required: field.required,
  hint: field.hint,
  rows: 3,
  ...(field.type === 'select' || field.type === 'checks'
    ? {
        options: [
          ...field.options.map(({ value, title }) => ({ value, label: title })),
          // What is named but not there stays to be seen, and to be taken away.
          ...[field.value]
            .flat()
            .filter((value) => value && !field.options.some((option) => option.value === value))
            .map((value) => ({ value, label: `没有“${value}”` })),
        ],
      }
    : {}),
});
const valuesOf = (fields: readonly ElementField[]): Typed =>
  Object.fromEntries(fields.map((field) => [field.name, field.value]));

/** Changes the draft by a deed; wrong answers draw the page again, somebody faster gives both versions. */
async function alter(
  house: House,
  ask: Ask,
  deed: (model: Model) => Promise<string> | string,
  again: (error: { problems: readonly FieldProblem[] }) => State,
): Promise<void> {
  const draft: DesignDraft = await draftAsked(house, ask.req);
  const model = await openModel(draft.content);
  let next: string;
  try {
    next = await deed(model);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    return showNode(house, ask, { ...again(error), status: 422 });
  }
  if (!(await keepOr409(house, ask, await model.xml(), '/nodes'))) return;
  ask.res.redirect(303, next);
}

const nodesOf = (ask: Ask) => `/processes/${String(ask.req.params.id)}/nodes`;

async function changeNode(house: House, ask: Ask): Promise<void> {
  const id = String(ask.req.params.element);
  const typed = typedIn(ask.req.body);
  const words = await house.designWords();
  await alter(
    house,
    ask,
    (model) => {
      changeElement(model, id, typed, words);
      return `${nodesOf(ask)}/${encodeURIComponent(id)}?ok=draft-kept`;
    },
    (error) => ({ typed, problems: error.problems }),
  );
}

async function insert(house: House, ask: Ask): Promise<void> {
  const { req } = ask;
  const id = String(req.params.element);
  const name = textOf(req.body.stepName) ?? '';
  const kind = textOf(req.body.kind) ?? '';
  await alter(
    house,
    ask,
    (model) => {
      const ways = waysOut(model.find(id));
      const way = textOf(req.body.way) ?? (ways.length === 1 ? ways[0]!.value : '');
      const problems: FieldProblem[] = [];
      if (!name) problems.push({ pointer: '/stepName', message: '没有填新步骤的名称。' });
      if (!Object.hasOwn(INSERTABLE, kind)) problems.push({ pointer: '/kind', message: '没有选新步骤是什么。' });
      if (!ways.some((item) => item.value === way))
        problems.push({ pointer: '/way', message: '没有选插在哪一条路上。' });
      if (problems.length > 0) throw invalid('有内容需要修改。', problems);
      const made = insertTask(model, way, { kind: kind as InsertableKind, name });
      return `${nodesOf(ask)}/${encodeURIComponent(made)}?ok=step-inserted`;
    },
    (error) => ({ inserting: typedIn(req.body), insertProblems: error.problems }),
  );
}

async function remove(house: House, ask: Ask): Promise<void> {
  await alter(
    house,
    ask,
    (model) => {
      removeElement(model, String(ask.req.params.element));
      return `${nodesOf(ask)}?ok=step-removed`;
    },
    () => ({}),
  );
}
