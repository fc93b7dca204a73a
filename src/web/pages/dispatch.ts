import { isDomainError } from '../../kernel/errors.ts';
import { completeTask, listTasks, TaskEntity } from '../../modules/tasks/index.ts';
import { formOptions } from '../form-options.ts';
import type { House } from '../house.ts';
import type { Route } from '../route.ts';
import { suggestionOf, taskRows } from './tasks.ts';

const asList = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' && value ? [value] : [];

/** The dispatch board (派单台) of tax service: adopt the suggestions in one go, one row never blocks the others. */
export function dispatchPages(house: House): Route[] {
  const open = (login: string) =>
    listTasks(house.sql, { login, view: 'mine', formIds: ['dispatch-demand'], limit: 200 });
  return [
    {
      method: 'get',
      path: '/dispatch',
      permission: 'demand.dispatch',
      scope: '本单位待分派',
      async handle({ req, res, actor }) {
        const rows = await taskRows(house, await open(actor.login));
        const withSuggestion = await house.transaction(actor, async (unit) => {
          const found = [];
          for (const row of rows)
            found.push({ ...row, suggestion: row.demandId ? await suggestionOf(unit, row.demandId) : null });
          return found;
        });
        const unassigned = await taskRows(
          house,
          await listTasks(house.sql, { login: actor.login, view: 'unassigned', orgCode: actor.orgCode, limit: 100 }),
        );
        const others = await taskRows(
          house,
          await listTasks(house.sql, {
            login: actor.login,
            view: 'mine',
            formIds: ['conduct-return-visit', 'judge-dissatisfaction', 'write-off', 'write-off-withdrawn'],
            limit: 100,
          }),
        );
        const directory = await house.directory();
        res.render('tasks/dispatch', {
          title: '派单台',
          agreed: withSuggestion.filter((row) => row.suggestion?.host && !row.suggestion.manual),
          manual: withSuggestion.filter((row) => !row.suggestion?.host || row.suggestion.manual),
          unassigned,
          others,
          departments: formOptions(house, directory, actor).departments,
          people: directory.data.users.filter((user) => user.orgCode === actor.orgCode && user.status === 'ACTIVE'),
          result:
            typeof req.query.done === 'string'
              ? { done: Number(req.query.done) || 0, failed: Number(req.query.failed) || 0 }
              : null,
        });
      },
    },
    {
      method: 'post',
      path: '/dispatch',
      permission: 'demand.dispatch',
      scope: '本单位待分派',
      async handle({ req, res, actor }) {
        const chosen = asList(req.body.task);
        let done = 0;
        const failed: { number: string; why: string }[] = [];
        for (const id of chosen.slice(0, 200)) {
          try {
            await house.transaction(actor, async (unit) => {
              const task = await unit.em.findOneOrFail(TaskEntity, { id });
              const suggestion = task.demandId ? await suggestionOf(unit, task.demandId) : null;
              const hostDepartment = String(req.body[`host-${id}`] ?? '') || suggestion?.host;
              await completeTask(
                unit,
                {
                  taskId: id,
                  values: {
                    hostDepartment,
                    suggested: suggestion?.host,
                    dispatchReason: String(req.body[`reason-${id}`] ?? '') || undefined,
                  },
                },
                house.formEffect('dispatch-demand'),
              );
            });
            done += 1;
          } catch (error) {
            if (!isDomainError(error)) throw error;
            failed.push({ number: id, why: error.problems[0]?.message ?? error.message });
          }
        }
        await house.settle();
        if (failed.length === 0) return res.redirect(303, `/dispatch?done=${done}&failed=0`);
        res.render('tasks/dispatch-result', { title: '派单结果', done, failed });
      },
    },
  ];
}
