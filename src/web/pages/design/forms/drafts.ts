import { sqlOf } from '../../../../db/orm.ts';
import { type FieldProblem, isDomainError } from '../../../../kernel/errors.ts';
import {
  beginDraft,
  dropDraft,
  emptyForm,
  formVersion,
  listDrafts,
  listFormVersions,
  takeOverDraft,
} from '../../../../modules/processes/index.ts';
import type { House } from '../../../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed } from '../../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../../route.ts';
import { FORM_DESIGN, homeOf, nameOfProcess, openForm } from './open-form.ts';

/** Drafts of forms: a new one, one from any version, taken over, given up. */
export const formDraftPages = (house: House): Route[] => [
  {
    method: 'get',
    path: '/processes/:id/forms/new',
    ...FORM_DESIGN,
    handle: (ask) => drawNew(house, ask, {}, []),
  },
  { method: 'post', path: '/processes/:id/forms/new', ...FORM_DESIGN, handle: (ask) => makeNew(house, ask) },
  {
    method: 'post',
    path: '/processes/:id/forms/:formId/draft',
    ...FORM_DESIGN,
    handle: (ask) => beginDropOrTake(house, ask),
  },
  {
    method: 'get',
    path: '/processes/:id/forms/:formId/draft/drop',
    ...FORM_DESIGN,
    async handle(ask) {
      const form = await openForm(house, ask);
      ask.res.render('design/forms/drop', { title: `放弃表单“${form.title}”的草稿`, form });
    },
  },
];

const by = (house: House, actor: Ask['actor']) => ({ actor, now: house.clock.now() });

const NEW: FieldSpec[] = [
  { type: 'textfield', name: 'title', label: '名称', required: true, hint: '例如“办结复核”。', maxLength: 40 },
  {
    type: 'textfield',
    name: 'formId',
    label: '编号',
    required: true,
    hint: '小写英文字母、数字和连字符，例如“review-answer”。流程图用它指到这张表单，建立后不能改。',
    maxLength: 60,
  },
];

async function drawNew(house: House, ask: Ask, values: Typed, problems: readonly FieldProblem[]): Promise<void> {
  const id = String(ask.req.params.id);
  const views = problemViews(problems);
  ask.res.status(problems.length > 0 ? 422 : 200).render('design/forms/new', {
    title: '新建表单',
    id,
    processName: await nameOfProcess(house, id),
    fields: fieldViews(NEW, values, views),
    problems: views,
  });
}

async function makeNew(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const processId = String(req.params.id);
  const input = { title: textOf(req.body.title) ?? '', formId: textOf(req.body.formId) ?? '' };
  const problems: FieldProblem[] = [];
  if (!input.title) problems.push({ pointer: '/title', message: '没有填名称。请写表单叫什么，例如“办结复核”。' });
  else if ([...input.title].length > 40) problems.push({ pointer: '/title', message: '名称太长。请写在 40 字以内。' });
  if (!/^[a-z][a-z0-9-]{2,59}$/.test(input.formId) || input.formId === 'new')
    problems.push({
      pointer: '/formId',
      message: '编号只能用小写英文字母、数字和连字符，以字母开头，3 到 60 个字，例如“review-answer”。',
    });
  else if (await isTaken(house, input.formId))
    problems.push({ pointer: '/formId', message: `已经有编号“${input.formId}”的表单或草稿。请换一个编号。` });
  if (problems.length > 0) return drawNew(house, ask, input, problems);
  await house.transaction(actor, (unit) =>
    beginDraft(
      sqlOf(unit.em),
      {
        kind: 'form',
        id: input.formId,
        content: emptyForm({ id: input.formId, title: input.title }),
        processId,
        basedOn: null,
      },
      by(house, actor),
    ),
  );
  res.redirect(303, `/processes/${encodeURIComponent(processId)}/forms/${input.formId}/edit?ok=draft-begun`);
}

const isTaken = async (house: House, id: string): Promise<boolean> =>
  (await listFormVersions(house.sql, id)).length > 0 ||
  (await listDrafts(house.sql)).some((draft) => draft.kind === 'form' && draft.id === id);

async function beginDropOrTake(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.formId);
  const act = textOf(req.body.act);
  if (act === 'drop' || act === 'take-over') {
    const form = await openForm(house, ask);
    await house.transaction(actor, async (unit) => {
      if (act === 'drop') await dropDraft(sqlOf(unit.em), 'form', id, by(house, actor));
      else await takeOverDraft(sqlOf(unit.em), 'form', id, by(house, actor));
    });
    if (act === 'take-over') return res.redirect(303, `${form.home}/edit?ok=draft-taken`);
    const there = (await listFormVersions(house.sql, id)).length > 0;
    return res.redirect(303, `${there ? form.home : `/processes/${form.processId}`}?ok=draft-dropped`);
  }
  const asked = textOf(req.body.version);
  const version = asked === undefined ? undefined : /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : -1;
  const from = await formVersion(house.sql, id, version);
  try {
    await house.transaction(actor, (unit) =>
      beginDraft(
        sqlOf(unit.em),
        { kind: 'form', id, content: from.content, processId: from.processId, basedOn: from.version },
        by(house, actor),
      ),
    );
  } catch (error) {
    // A second click, or a colleague a moment before: the draft that is there is what was wanted.
    if (!isDomainError(error) || error.reason !== 'draft-exists' || version !== undefined) throw error;
    return res.redirect(303, `${homeOf(ask)}/edit`);
  }
  res.redirect(303, `${homeOf(ask)}/edit?ok=draft-begun`);
}
