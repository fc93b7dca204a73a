import { shanghaiDate } from '../../kernel/clock.ts';
import { type DomainError, isDomainError } from '../../kernel/errors.ts';
import { presentForm, submitForm, type Values } from '../../modules/forms/index.ts';
import { completeTask, discardDraft, saveDraft } from '../../modules/tasks/index.ts';
import { fileOptions, keepFiles } from '../form-files.ts';
import { taskOptions } from '../form-options.ts';
import type { House } from '../house.ts';
import { type Ask, textOf, uploadProblems } from '../route.ts';
import { alreadySubmitted, noteSubmission } from '../submit-once.ts';
import { answersIn } from './answers-in.ts';
import { suggestedHost, suggestionOf } from './suggestion.ts';
import { draftKey, drawTask, loadTask, seenOf } from './task-page.ts';

/** What is posted from a task's page: a draft, the end of a draft, or the answer. Whatever goes wrong, what was typed stays. */
export async function submitTask(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.id);
  const found = await house.transaction(actor, async (unit) => {
    const loaded = await loadTask(house, unit, actor, id);
    const dispatches = loaded.task.formId === 'dispatch-demand' && loaded.demand;
    return {
      form: loaded.form,
      title: `${loaded.task.title}${loaded.demand ? `：${loaded.demand.title}` : ''}`,
      options: taskOptions(house, unit.directory, actor, loaded.demand),
      demandId: loaded.demand?.id,
      files: await fileOptions(unit, loaded.form, req.body, loaded.demand?.id),
      suggested: dispatches ? suggestedHost(await suggestionOf(unit, dispatches.id)) : undefined,
    };
  });
  const { form } = found;
  const options = { ...found.options, files: found.files };
  const submission = submitForm(form, req.body, options, { today: shanghaiDate(house.clock.now()) });
  const keep = (values: Values) =>
    house.transaction(actor, (unit) => saveDraft(unit, draftKey(id, form.id), { title: found.title, values }));
  switch (textOf(req.body._action)) {
    case 'autosave': {
      const draft = await keep(submission.values);
      res.json({ savedAt: draft.savedAt });
      return;
    }
    case 'draft':
      await keep(submission.values);
      return res.redirect(303, `/tasks/${id}?ok=draft`);
    case 'discard':
      await house.transaction(actor, (unit) => discardDraft(unit, draftKey(id, form.id)));
      return res.redirect(303, `/tasks/${id}?ok=discarded`);
    case 'upload': {
      const problems = [...uploadProblems(res)];
      return drawTask(house, ask, { values: submission.values, problems, status: problems.length > 0 ? 422 : 200 });
    }
    case 'keep':
      return drawTask(house, ask, { values: submission.values });
  }
  const refused = uploadProblems(res);
  if (!submission.ok || refused.length > 0) {
    const problems = [...refused, ...(submission.ok ? [] : submission.problems)];
    return drawTask(house, ask, { values: submission.values, problems, status: 422 });
  }
  const token = textOf(req.body._once);
  const location = `/tasks/${id}?ok=completed`;
  try {
    const before = await house.transaction(actor, async (unit) => {
      const led = await alreadySubmitted(unit, token);
      if (led) return led;
      const values = found.suggested ? { ...submission.values, suggested: found.suggested } : submission.values;
      const revision = Number(req.body._revision) || 0;
      await completeTask(unit, { taskId: id, values, revision }, house.formEffect(form.id));
      if (found.demandId) await keepFiles(unit, form, submission.values, found.demandId, id);
      await noteSubmission(unit, token, location);
      return undefined;
    });
    if (before) return res.redirect(303, before);
  } catch (error) {
    if (!isDomainError(error)) throw error;
    if (error.code === 'Invalid')
      return drawTask(house, ask, {
        values: submission.values,
        problems: error.problems.length > 0 ? [...error.problems] : [{ pointer: '', message: error.message }],
        status: 422,
      });
    if (error.code === 'Conflict' || error.code === 'IllegalTransition' || error.reason === 'not-candidate') {
      await keep(submission.values);
      return drawConflict(house, ask, error, submission.values);
    }
    throw error;
  }
  await house.settle(found.demandId);
  res.redirect(303, location);
}

/** Somebody was faster (409): what has changed since the page was opened, and everything the person has typed. */
async function drawConflict(house: House, ask: Ask, error: DomainError, values: Values): Promise<void> {
  const { req, res, actor } = ask;
  const view = await house.transaction(actor, async (unit) => {
    const loaded = await loadTask(house, unit, actor, String(req.params.id));
    const options = {
      ...taskOptions(house, unit.directory, actor, loaded.demand),
      files: await fileOptions(unit, loaded.form, values, loaded.demand?.id),
    };
    const { task } = loaded;
    return {
      task,
      demand: loaded.demand,
      now: seenOf(unit, loaded),
      typed: answersIn(presentForm(loaded.form, { values, options }).nodes),
      mayGoOn: task.status === 'OPEN' && loaded.mine && (!task.assignee || task.assignee === actor.login),
    };
  });
  const seen = readSeen(req.body._seen);
  res.status(409).render('tasks/conflict', {
    title: '这件诉求刚刚有变化',
    message: error.message,
    ...view,
    rows: Object.entries(view.now).map(([field, now]) => ({
      field,
      before: seen[field] ?? '—',
      now,
      changed: seen[field] !== undefined && seen[field] !== now,
    })),
    raw: Object.entries(values).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((item) => ({ name, value: String(item) })),
    ),
  });
}

/** What the page had shown; only for comparing before the eyes, so a forged one harms nobody. */
function readSeen(text: unknown): Record<string, string> {
  try {
    const value: unknown = JSON.parse(String(text).slice(0, 4000));
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
    );
  } catch {
    return {};
  }
}
