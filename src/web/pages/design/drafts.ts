import { sqlOf } from '../../../db/orm.ts';
import { type FieldProblem, isDomainError } from '../../../kernel/errors.ts';
import {
  acceptDiagram,
  beginDraft,
  dropDraft,
  elementTable,
  emptyProcess,
  listDrafts,
  listProcessVersions,
  problemsOfNewProcess,
  processXml,
  readDiagram,
  renderSvg,
  takeOverDraft,
} from '../../../modules/processes/index.ts';
import type { House } from '../../house.ts';
import { uploadedText } from '../../middleware/uploads.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed } from '../../plain-form.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { DESIGN, draftAsked, draftsInWords } from './draft-words.ts';

/** P20: drafts of diagrams are begun, made from nothing, from a file, taken over, looked at and given up. */
export function draftPages(house: House): Route[] {
  return [
    { method: 'get', path: '/processes/new', ...DESIGN, handle: ({ res }) => drawNew(res, {}, []) },
    { method: 'post', path: '/processes/new', ...DESIGN, handle: (ask) => makeNew(house, ask) },
    { method: 'get', path: '/processes/import', ...DESIGN, handle: ({ res }) => drawImport(res, []) },
    { method: 'post', path: '/processes/import', ...DESIGN, handle: (ask) => importFile(house, ask) },
    { method: 'post', path: '/processes/:id/draft', ...DESIGN, handle: (ask) => begin(house, ask) },
    { method: 'get', path: '/processes/:id/draft', ...DESIGN, handle: (ask) => look(house, ask) },
    { method: 'get', path: '/processes/:id/draft/bpmn', ...DESIGN, handle: (ask) => download(house, ask) },
    { method: 'get', path: '/processes/:id/draft/drop', ...DESIGN, handle: (ask) => confirmDrop(house, ask) },
    { method: 'post', path: '/processes/:id/draft/drop', ...DESIGN, handle: (ask) => drop(house, ask) },
    { method: 'post', path: '/processes/:id/draft/take-over', ...DESIGN, handle: (ask) => takeOver(house, ask) },
  ];
}

const by = (house: House, actor: Ask['actor']) => ({ actor, now: house.clock.now() });

const NEW: FieldSpec[] = [
  {
    type: 'textfield',
    name: 'name',
    label: '名称',
    required: true,
    hint: '用业务里的叫法，例如“办结复核”。',
    maxLength: 40,
  },
  {
    type: 'textfield',
    name: 'id',
    label: '编号',
    required: true,
    hint: '小写英文字母、数字和连字符，例如“completion-review”。建立后不能改：其他流程用它来调用。',
    maxLength: 60,
  },
];

function drawNew(res: Ask['res'], values: Typed, problems: readonly FieldProblem[]): void {
  const views = problemViews(problems);
  res.status(problems.length > 0 ? 422 : 200).render('design/new', {
    title: '新建流程',
    fields: fieldViews(NEW, values, views),
    problems: views,
  });
}

async function makeNew(house: House, { req, res, actor }: Ask): Promise<void> {
  const input = { id: textOf(req.body.id) ?? '', name: textOf(req.body.name) ?? '' };
  const known = [...(await listProcessVersions(house.sql)).map((item) => item.processId), ...(await draftIds(house))];
  const problems = problemsOfNewProcess(input, known);
  if (problems.length > 0) return drawNew(res, input, problems);
  await house.transaction(actor, (unit) =>
    beginDraft(
      sqlOf(unit.em),
      { kind: 'process', id: input.id, content: emptyProcess(input), basedOn: null },
      by(house, actor),
    ),
  );
  res.redirect(303, `/processes/${input.id}/edit?ok=draft-begun`);
}

const draftIds = async (house: House) =>
  (await listDrafts(house.sql)).filter((draft) => draft.kind === 'process').map((draft) => draft.id);

function drawImport(res: Ask['res'], problems: readonly FieldProblem[], xml = ''): void {
  res.status(problems.length > 0 ? 422 : 200).render('design/import', {
    title: '导入 BPMN 文件',
    problems: problemViews(problems),
    xml,
  });
}

async function importFile(house: House, { req, res, actor }: Ask): Promise<void> {
  let xml = String(req.body.xml ?? '');
  let name = '';
  try {
    const file = await uploadedText(req, 'file');
    xml = file?.text ?? xml;
    name = file?.name ?? '';
    const accepted = await acceptDiagram(xml);
    const newest = (await listProcessVersions(house.sql)).find((item) => item.processId === accepted.processId);
    await house.transaction(actor, (unit) =>
      beginDraft(
        sqlOf(unit.em),
        { kind: 'process', id: accepted.processId, content: accepted.xml, basedOn: newest?.version ?? null },
        by(house, actor),
      ),
    );
    res.redirect(303, `/processes/${accepted.processId}/edit?ok=draft-imported`);
  } catch (error) {
    if (!isDomainError(error) || (error.code !== 'Invalid' && error.code !== 'Conflict')) throw error;
    const said = name ? `${name}：${error.message}` : error.message;
    drawImport(res, [{ pointer: '/xml', message: said }], xml.slice(0, 200_000));
  }
}

async function begin(house: House, { req, res, actor }: Ask): Promise<void> {
  const id = String(req.params.id);
  const asked = textOf(req.body.version);
  const version = asked && /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : undefined;
  const xml = await processXml(house.sql, id, version);
  const newest = (await listProcessVersions(house.sql)).find((item) => item.processId === id)!;
  try {
    await house.transaction(actor, (unit) =>
      beginDraft(
        sqlOf(unit.em),
        { kind: 'process', id, content: xml, basedOn: version ?? newest.version },
        by(house, actor),
      ),
    );
  } catch (error) {
    // A second click, or a colleague a moment before: the draft that is there is what was wanted.
    if (!isDomainError(error) || error.reason !== 'draft-exists' || version !== undefined) throw error;
    return res.redirect(303, `/processes/${id}/edit`);
  }
  res.redirect(303, `/processes/${id}/edit?ok=draft-begun`);
}

async function look(house: House, { req, res, actor }: Ask): Promise<void> {
  const draft = await draftAsked(house, req);
  const words = (await draftsInWords(house, actor.login)).find((item) => item.id === draft.id)!;
  const diagram = await readDiagram(draft.content);
  res.render('design/look', {
    title: `${words.name}（草稿）`,
    draft: words,
    svg: renderSvg(diagram, new Map()),
    elements: elementTable(diagram),
  });
}

async function download(house: House, { req, res }: Ask): Promise<void> {
  const draft = await draftAsked(house, req);
  res.type('application/xml').attachment(`${draft.id}.bpmn`).send(draft.content);
}

async function confirmDrop(house: House, { req, res, actor }: Ask): Promise<void> {
  const draft = await draftAsked(house, req);
  const words = (await draftsInWords(house, actor.login)).find((item) => item.id === draft.id)!;
  res.render('design/drop', { title: `放弃“${words.name}”的草稿`, draft: words });
}

async function drop(house: House, { req, res, actor }: Ask): Promise<void> {
  const draft = await draftAsked(house, req);
  const versions = await listProcessVersions(house.sql);
  await house.transaction(actor, (unit) => dropDraft(sqlOf(unit.em), 'process', draft.id, by(house, actor)));
  const there = versions.some((item) => item.processId === draft.id);
  res.redirect(303, `${there ? `/processes/${draft.id}` : '/processes'}?ok=draft-dropped`);
}

async function takeOver(house: House, { req, res, actor }: Ask): Promise<void> {
  const draft = await draftAsked(house, req);
  await house.transaction(actor, (unit) => takeOverDraft(sqlOf(unit.em), 'process', draft.id, by(house, actor)));
  res.redirect(303, `/processes/${draft.id}/edit?ok=draft-taken`);
}
