import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError, notFound } from '../../kernel/errors.ts';
import { recordAttempt } from '../../modules/feedback/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import { checkMayWork, lockTask, saveDraft } from '../../modules/tasks/index.ts';
import type { House } from '../house.ts';
import { type Ask, textOf } from '../route.ts';
import { alreadySubmitted, noteSubmission } from '../submit-once.ts';
import { draftKey, drawTask, loadTask } from './task-page.ts';

/** An attempt that reached nobody is kept beside the feedback form; what was typed into the form itself becomes the draft. */
export async function recordUnreached(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.id);
  const read = submitForm(
    ATTEMPT_FORM,
    { attemptAt: textOf(req.body.attemptAt) },
    {},
    { today: shanghaiDate(house.clock.now()) },
  );
  const { form } = await house.transaction(actor, (unit) => loadTask(house, unit, actor, id));
  const typed = submitForm(form, req.body, {}, { today: shanghaiDate(house.clock.now()) }).values;
  if (!read.ok) return drawTask(house, ask, { values: typed, problems: read.problems, status: 422 });
  const token = textOf(req.body._once);
  const location = `/tasks/${id}?ok=attempted#contacts`;
  try {
    const before = await house.transaction(actor, async (unit) => {
      const led = await alreadySubmitted(unit, token);
      if (led) return led;
      const task = await lockTask(unit, id);
      checkMayWork(unit, task, actor.login);
      if (task.formId !== 'give-feedback' || !task.demandId) throw notFound('这项任务不登记联系。');
      const at = read.values.attemptAt as string | undefined;
      const note = textOf(req.body.attemptNote)?.slice(0, 500);
      await recordAttempt(unit, task.demandId, {
        method: textOf(req.body.attemptMethod) ?? '',
        outcome: textOf(req.body.attemptOutcome) ?? '',
        ...(at ? { at } : {}),
        ...(note ? { note } : {}),
      });
      if (Object.keys(typed).length > 0)
        await saveDraft(unit, draftKey(id, form.id), { title: task.title, values: typed });
      await noteSubmission(unit, token, location);
      return undefined;
    });
    res.redirect(303, before ?? location);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    await drawTask(house, ask, { values: typed, problems: onPage(error.problems), status: 422 });
  }
}

/** The fields stand on the page beside those of the form and have names of their own: `method` is `attemptMethod`. */
const onPage = (problems: readonly FieldProblem[]): FieldProblem[] =>
  problems.map((problem) => ({
    ...problem,
    pointer: problem.pointer.replace(/^\/(\w)/, (_, first: string) => `/attempt${first.toUpperCase()}`),
  }));

/** The one field of the attempt that needs reading, by the rules of every form. */
const ATTEMPT_FORM = {
  id: 'contact-attempt',
  processId: '',
  title: '联系记录',
  components: [{ type: 'datetime', subtype: 'datetime' as const, key: 'attemptAt', label: '联系时间' }],
};
