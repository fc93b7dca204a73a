import { isDomainError } from '../kernel/errors.ts';
import type { Permission } from '../modules/access/index.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed, typedIn } from './plain-form.ts';
import { type Ask, type Route, textOf } from './route.ts';

/** What a page with one form says. */
export interface FormView {
  title: string;
  crumbs: readonly [href: string, text: string][];
  fields: readonly FieldSpec[];
  /** Sent along unseen: the state the page was drawn from. */
  hidden?: Record<string, string>;
  initial?: Typed;
  /** “点“保存”后：…” */
  effect: string;
  button: string;
  danger?: boolean;
  /** Why the form cannot be used now, with the way out; the form is not drawn then. */
  blocked?: { text: string; href: string; link: string };
  /** Facts beside the form, heading and lines. */
  aside?: { title: string; lines: readonly string[] };
}

export interface FormPage {
  path: string;
  permission: Permission;
  scope: string;
  view(ask: Ask): Promise<FormView> | FormView;
  /** Does it and answers. A designed `Invalid` comes back to the form, filled in, with each field's message. */
  submit(ask: Ask): Promise<void>;
}

/** A page with one form: shown by GET, sent by POST to the same address, given back filled when something is wrong. */
export function formRoutes(page: FormPage): Route[] {
  const { path, permission, scope } = page;
  const draw = async (ask: Ask, values: Typed, problems: ReturnType<typeof problemViews>) => {
    const view = await page.view(ask);
    ask.res.status(problems.length > 0 ? 422 : 200).render('admin/plain-form', {
      ...view,
      action: ask.req.path,
      back: view.crumbs[view.crumbs.length - 1]![0],
      // A form given back still stands on the state it was first drawn from.
      hidden: Object.entries(view.hidden ?? {}).map(([name, value]) => [name, textOf(ask.req.body?.[name]) ?? value]),
      nodes: fieldViews(view.fields, { ...view.initial, ...values }, problems),
      problems,
    });
  };
  return [
    { method: 'get', path, permission, scope, handle: (ask) => draw(ask, {}, []) },
    {
      method: 'post',
      path,
      permission,
      scope,
      async handle(ask) {
        try {
          await page.submit(ask);
        } catch (error) {
          if (!isDomainError(error) || error.code !== 'Invalid') throw error;
          const problems = error.problems.length > 0 ? error.problems : [{ pointer: '', message: error.message }];
          // A box that is no longer ticked is not sent at all; the form must not fill it in again from what was.
          const typed = {
            ...Object.fromEntries((await page.view(ask)).fields.map((field) => [field.name, ''])),
            ...typedIn(ask.req.body),
          };
          await draw(ask, typed, problemViews(problems));
        }
      },
    },
  ];
}
