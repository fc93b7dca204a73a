import { DomainError } from '../../../../kernel/errors.ts';
import { readJson } from '../../../../modules/rules/index.ts';
import { wantsJson } from '../../../error-handler.ts';
import { format } from '../../../format.ts';
import type { House } from '../../../house.ts';
import { type Ask, type Route, textOf } from '../../../route.ts';
import { vendorUrl } from '../../../vendor.ts';
import { type Conflict, keepForm } from './keep.ts';
import { FORM_DESIGN, judgeForm, openForm } from './open-form.ts';

/** P23: the canvas of form-js, and the file itself. */
export const formEditPages = (house: House): Route[] => {
  const path = '/processes/:id/forms/:formId';
  return [
    { method: 'get', path: `${path}/edit`, ...FORM_DESIGN, handle: (ask) => edit(house, ask) },
    { method: 'post', path: `${path}/edit`, ...FORM_DESIGN, handle: (ask) => keep(house, ask) },
    { method: 'get', path: `${path}/json`, ...FORM_DESIGN, handle: (ask) => showJson(house, ask) },
  ];
};

async function edit(house: House, ask: Ask): Promise<void> {
  const form = await openForm(house, ask);
  const policy = String(ask.res.getHeader('Content-Security-Policy'));
  // The vendor's canvas sets a few style attributes in its HTML; the preview is a page of our own in a frame. Scripts stay as strict as everywhere.
  ask.res.set(
    'Content-Security-Policy',
    `${policy.replace("style-src 'self'", "style-src 'self';style-src-attr 'unsafe-inline'")};frame-src 'self'`,
  );
  ask.res.render('design/forms/edit', {
    title: `${form.title}（草稿）`,
    stylesheet: 'form-design.css',
    form,
    view: 'edit',
    conflict: '',
    judged: await judgeForm(house, form, form.draft.content),
    content: form.draft.content,
    styles: [
      vendorUrl('form-js', 'assets/form-js-base.css'),
      vendorUrl('form-js', 'assets/form-js-editor-base.css'),
      vendorUrl('form-js', 'assets/draggle.css'),
      vendorUrl('form-js', 'assets/properties-panel.css'),
      vendorUrl('form-js', 'assets/form-js.css'),
      vendorUrl('form-js', 'assets/form-js-editor.css'),
    ],
    editor: vendorUrl('form-js', 'form-editor.umd.js'),
  });
}

interface JsonState {
  content?: string;
  conflict?: Conflict;
  status?: number;
}

async function showJson(house: House, ask: Ask, state: JsonState = {}): Promise<void> {
  const form = await openForm(house, ask);
  const content = state.content ?? form.draft.content;
  ask.res.status(state.status ?? 200).render('design/forms/json', {
    title: `${form.title}（草稿）：JSON`,
    stylesheet: 'form-design.css',
    form,
    view: 'json',
    conflict: state.conflict?.message ?? '',
    revision: state.conflict?.revision ?? (Number(ask.req.body?.revision) || form.draft.revision),
    content,
    judged: await judgeForm(house, form, content),
  });
}

/** From the canvas (as JSON, by itself) and from the text: the same draft. What is no JSON is not kept. */
async function keep(house: House, ask: Ask): Promise<void> {
  const form = await openForm(house, ask);
  // Forms send their lines with CR LF; the file keeps the line ends it has.
  const sent = String(ask.req.body.content ?? '').replaceAll('\r\n', '\n');
  const content = form.draft.content.includes('\r\n') ? sent.replaceAll('\n', '\r\n') : sent;
  const read = readJson(content);
  const json = wantsJson(ask.req);
  if ('mistake' in read) {
    const { line, column, message } = read.mistake;
    if (json) throw new DomainError('Invalid', `第 ${line} 行第 ${column} 列：${message}`);
    return showJson(house, ask, { content, status: 422 });
  }
  const result = await keepForm(house, ask, content);
  if ('conflict' in result) {
    if (json) throw new DomainError('Conflict', result.conflict.message, { reason: 'draft-changed' });
    return showJson(house, ask, { content, conflict: result.conflict, status: 409 });
  }
  if (!json) {
    const back = textOf(ask.req.body.back) === 'edit' ? 'edit' : 'json';
    return ask.res.redirect(303, `${form.home}/${back}?ok=draft-kept`);
  }
  const { findings, errors, warnings } = await judgeForm(house, form, content);
  ask.res.json({ revision: result.kept.revision, at: format.clock(result.kept.editedAt), findings, errors, warnings });
}
