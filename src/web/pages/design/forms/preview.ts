import { isDomainError } from '../../../../kernel/errors.ts';
import { parseForm, presentForm, submitForm } from '../../../../modules/forms/index.ts';
import { formOptions } from '../../../form-options.ts';
import type { House } from '../../../house.ts';
import { type Ask, type Route, textOf } from '../../../route.ts';
import { FORM_DESIGN, openForm } from './open-form.ts';

/** The page as people will have it: drawn by the same templates and the same code, without JavaScript, sent nowhere. */
export const formPreviewPages = (house: House): Route[] => [
  {
    method: 'get',
    path: '/processes/:id/forms/:formId/preview',
    ...FORM_DESIGN,
    handle: (ask) => preview(house, ask),
  },
];

async function preview(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const open = await openForm(house, ask);
  const options = { ...formOptions(house, await house.directory(), actor), files: [] };
  const withErrors = textOf(req.query.errors) === '1';
  const policy = String(res.getHeader('Content-Security-Policy'));
  res.set('Content-Security-Policy', policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'"));
  try {
    const form = parseForm(open.processId, `${open.id}.form`, open.draft.content);
    const submission = submitForm(form, {}, options);
    const problems = withErrors && !submission.ok ? submission.problems : [];
    res.render('design/forms/preview', {
      title: `预览：${open.title}`,
      form: presentForm(form, { problems, options, autofocus: false }),
      wrong: null,
      withErrors,
    });
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    res.render('design/forms/preview', {
      title: `预览：${open.title}`,
      form: { nodes: [], problems: [] },
      wrong: error.message,
      withErrors,
    });
  }
}
