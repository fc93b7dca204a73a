import { type FieldProblem, invalid } from '../../../../kernel/errors.ts';
import { COMPONENT_NAMES } from '../../../../modules/forms/index.ts';
import {
  addComponent,
  type FormRow,
  formRows,
  labelOfRow,
  moveComponent,
  removeComponent,
  rowAt,
  writeComponent,
} from '../../../../modules/processes/index.ts';
import type { House } from '../../../house.ts';
import { fieldViews, problemViews, type Typed, typedIn } from '../../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../../route.ts';
import { propertiesFrom, specsOf, typedOf } from './field-specs.ts';
import { type Conflict, keepForm } from './keep.ts';
import { FORM_DESIGN, judgeForm, type OpenForm, openForm } from './open-form.ts';

/** 字段表: everything the canvas can do, by plain forms. */
export const formFieldPages = (house: House): Route[] => {
  const path = '/processes/:id/forms/:formId/fields';
  return [
    { method: 'get', path, ...FORM_DESIGN, handle: (ask) => showTable(house, ask) },
    { method: 'post', path, ...FORM_DESIGN, handle: (ask) => actOnTable(house, ask) },
    { method: 'get', path: `${path}/:at`, ...FORM_DESIGN, handle: (ask) => showField(house, ask) },
    { method: 'post', path: `${path}/:at`, ...FORM_DESIGN, handle: (ask) => keepField(house, ask) },
  ];
};

async function showTable(house: House, ask: Ask, conflict?: Conflict): Promise<void> {
  const form = await openForm(house, ask);
  const { content } = form.draft;
  const judged = await judgeForm(house, form, content);
  const rows = formRows(content);
  ask.res.status(conflict ? 409 : 200).render('design/forms/fields', {
    title: `${form.title}（草稿）：字段表`,
    stylesheet: 'form-design.css',
    form,
    view: 'fields',
    conflict: conflict?.message ?? '',
    judged,
    readable: rows !== undefined,
    rows: (rows ?? []).map((row) => rowView(row, judged)),
    groups: (rows ?? [])
      .filter((row) => row.component.type === 'group')
      .map((row) => ({ at: row.at, label: labelOfRow(row) })),
    kinds: COMPONENT_NAMES,
  });
}

function rowView(row: FormRow, { findings, usage }: Awaited<ReturnType<typeof judgeForm>>) {
  const { component, pointer } = row;
  return {
    ...row,
    label: labelOfRow(row),
    kind: COMPONENT_NAMES[component.type] ?? `不认识的组件“${component.type}”`,
    known: Object.hasOwn(COMPONENT_NAMES, component.type),
    required: component.validate?.required === true,
    options: component.valuesKey
      ? `取自“${component.valuesKey}”`
      : (component.values ?? []).map((option) => option.label).join('、'),
    condition: component.properties?.when ?? component.conditional?.hide ?? '',
    readers: usage.needs.filter((need) => need.name === component.key).map((need) => need.by),
    wrong: findings.filter(
      (finding) => finding.pointer === pointer || owns(pointer, finding.pointer, component.type === 'group'),
    ),
  };
}

/** Of a group only its own properties: what is wrong with its fields is told at them. */
const owns = (pointer: string, place: string, isGroup: boolean): boolean =>
  place.startsWith(`${pointer}/`) && !(isGroup && place.startsWith(`${pointer}/components/`));

async function actOnTable(house: House, ask: Ask): Promise<void> {
  const form = await openForm(house, ask);
  const { body } = ask.req;
  const at = textOf(body.at) ?? '';
  const { content, open } = changed(form.draft.content, textOf(body.act) ?? '', at, body);
  const result = await keepForm(house, ask, content);
  if ('conflict' in result) return showTable(house, ask, result.conflict);
  ask.res.redirect(
    303,
    open === undefined ? `${form.home}/fields?ok=draft-kept#fields` : `${form.home}/fields/${open}?ok=draft-kept`,
  );
}

function changed(
  content: string,
  act: string,
  at: string,
  body: Record<string, unknown>,
): { content: string; open?: string } {
  if (act === 'up' || act === 'down') return { content: moveComponent(content, at, act === 'up' ? -1 : 1) };
  if (act === 'delete') return { content: removeComponent(content, at) };
  const type = textOf(body.type) ?? '';
  if (act !== 'add' || !Object.hasOwn(COMPONENT_NAMES, type))
    throw invalid('请选一种字段再添加。', [{ pointer: '/type', message: '请选一种字段再添加。' }]);
  const added = addComponent(content, type, textOf(body.group));
  return { content: added.content, open: added.at };
}

const NOTHING: readonly FieldProblem[] = [];

async function showField(
  house: House,
  ask: Ask,
  state: { typed?: Typed; problems?: readonly FieldProblem[]; conflict?: Conflict } = {},
): Promise<void> {
  const form = await openForm(house, ask);
  const row = rowAt(form.draft.content, String(ask.req.params.at));
  const problems = problemViews(state.problems ?? NOTHING);
  const known = Object.hasOwn(COMPONENT_NAMES, row.component.type);
  const judged = await judgeForm(house, form, form.draft.content);
  ask.res.status(state.conflict ? 409 : problems.length > 0 ? 422 : 200).render('design/forms/field', {
    title: `${labelOfRow(row)}（${COMPONENT_NAMES[row.component.type] ?? row.component.type}）`,
    form,
    row,
    known,
    conflict: state.conflict?.message ?? '',
    revision: state.conflict?.revision ?? (Number(ask.req.body?.revision) || form.draft.revision),
    problems,
    fields: known
      ? fieldViews(specsOf(row.component, state.typed), state.typed ?? typedOf(row.component), problems)
      : [],
    readers: judged.usage.needs.filter((need) => need.name === row.component.key).map((need) => need.by),
    raw: JSON.stringify(row.component, null, 2),
  });
}

async function keepField(house: House, ask: Ask): Promise<void> {
  const form = await openForm(house, ask);
  const at = String(ask.req.params.at);
  const row = rowAt(form.draft.content, at);
  const { properties, problems } = propertiesFrom(row.component, ask.req.body ?? {});
  const typed = {
    ...Object.fromEntries(specsOf(row.component).map((spec) => [spec.name, ''])),
    ...typedIn(ask.req.body ?? {}),
  };
  if (problems.length > 0) return showField(house, ask, { typed, problems });
  const content = writeComponent(form.draft.content, at, properties);
  const wrong = await wrongAt(house, form, content, row.pointer);
  if (wrong.length > 0) return showField(house, ask, { typed, problems: wrong });
  const result = await keepForm(house, ask, content);
  if ('conflict' in result) return showField(house, ask, { typed, conflict: result.conflict });
  ask.res.redirect(303, `${form.home}/fields?ok=draft-kept#fields`);
}

/** Errors of this one field, beside the place where they are put right. */
async function wrongAt(house: House, form: OpenForm, content: string, pointer: string): Promise<FieldProblem[]> {
  const { findings } = await judgeForm(house, form, content);
  const places: Record<string, string> = {
    '/key': '/key',
    '/label': '/label',
    '/conditional/hide': '/hide',
    '/values': '/values',
    '/valuesKey': '/valuesKey',
  };
  return findings
    .filter((finding) => finding.severity === 'error' && finding.pointer.startsWith(`${pointer}/`))
    .filter((finding) => !finding.pointer.startsWith(`${pointer}/components/`))
    .map((finding) => {
      const rest = finding.pointer.slice(pointer.length);
      return { pointer: places[rest] ?? rest.replace('/validate', ''), message: finding.message };
    });
}
