import { sqlOf } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { isDomainError } from '../../kernel/errors.ts';
import {
  CATEGORIES,
  findDuplicates,
  keywordsIn,
  type RegisterInput,
  registerDemand,
  routingFacts,
  statusTitle,
} from '../../modules/demands/index.ts';
import { presentForm, submitForm, type Values } from '../../modules/forms/index.ts';
import { activeRuleSet, evaluateRuleSet, explainInWords } from '../../modules/rules/index.ts';
import { discardDraft, findDraft, saveDraft } from '../../modules/tasks/index.ts';
import { formOptions } from '../form-options.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { type Route, textOf } from '../route.ts';
import { alreadySubmitted, noteSubmission } from '../submit-once.ts';

const DRAFT = { formKey: 'register-demand', subject: 'new', draftId: '1' };

/** What the rail of the registration page says: duplicates, the suggested host and why, the dates to promise. */
async function suggestions(house: House, unit: Unit, actor: Actor, values: Values) {
  const content = typeof values.content === 'string' ? values.content : '';
  const category = Object.hasOwn(CATEGORIES, String(values.category)) ? String(values.category) : undefined;
  const [directory, calendar] = [unit.directory, unit.calendar];
  const parameters = await unit.parameters({ orgCode: actor.orgCode, ...(category ? { category } : {}) });
  const now = house.clock.now();
  const due = (days: number) => calendar.addWorkingDays(now, days, actor.orgCode);
  const since = new Date(+now - parameters.number('duplicate.days') * 86_400_000);
  const duplicates =
    content || values.contactPhone
      ? await findDuplicates(sqlOf(unit.em), {
          contactPhone: values.contactPhone as string,
          taxpayerName: values.taxpayerName as string,
          content,
          ...(actor.bureauLevel === 'CITY' ? {} : { orgCode: actor.orgCode }),
          since,
        })
      : [];
  const nothing = { duplicates: rows(duplicates), host: null, rule: null, restricted: false, version: 0 };
  const dates = datesOf();
  // Without a category there is nothing to suggest yet.
  if (!category) return { ...nothing, ...dates };
  const facts = routingFacts(directory, house.dictionary, {
    orgCode: actor.orgCode,
    category,
    tags: (values.tags as string[]) ?? [],
    keywords: keywordsIn(house.dictionary, content),
    reportedDepartment: (values.reportedDepartment as string) ?? null,
    legalIntent: (values.legalIntent as string) ?? null,
  });
  const ruleSet = await activeRuleSet(sqlOf(unit.em), 'category-routing', shanghaiDate(now));
  const evaluation = await evaluateRuleSet(ruleSet, facts);
  const fired = explainInWords(ruleSet, evaluation.explanation).find((rule) => rule.ruleId === evaluation.ruleId);
  return {
    ...nothing,
    host: evaluation.outcome.hostDepartment
      ? (directory.department(evaluation.outcome.hostDepartment)?.name ?? evaluation.outcome.hostDepartment)
      : null,
    rule: fired ? { title: fired.title, sentences: fired.sentences.filter((sentence) => sentence.holds) } : null,
    restricted: evaluation.outcome.restricted === true,
    version: ruleSet.version,
    ...dates,
  };

  function datesOf() {
    const handling = due(parameters.number('handle.single.days'));
    return {
      transferDue: format.short(due(parameters.number('transfer.days')).dueAt),
      handlingDue: format.short(handling.dueAt),
      promise: `您反映的事情已经登记，最晚 ${format.shortDay(handling.dueDate)}下班前办结，办好后一个工作日内联系您。`,
    };
  }
}

const rows = (duplicates: Awaited<ReturnType<typeof findDuplicates>>) =>
  duplicates.map((item) => ({
    ...item,
    statusTitle: statusTitle(item.status),
    when: format.short(item.registeredAt),
  }));

export function registerPages(house: House): Route[] {
  const form = () => house.forms.get('register-demand')!;
  async function draw(
    ask: { res: any; actor: Actor },
    view: { values: Values; problems?: any[]; status?: number; checked?: boolean; restored?: string | undefined },
  ) {
    const { res, actor } = ask;
    const options = formOptions(house, await house.directory(), actor);
    const rail = await house.transaction(actor, (unit) => suggestions(house, unit, actor, view.values));
    res.status(view.status ?? 200).render('demands/new', {
      title: '登记诉求',
      form: presentForm(form(), {
        values: { registeringDepartment: actor.departmentCode, ...view.values },
        problems: view.problems ?? [],
        options,
      }),
      rail,
      checked: view.checked ?? false,
      restored: view.restored,
      once: house.ids.uuid(),
    });
  }
  return [
    {
      method: 'get',
      path: '/demands/new',
      permission: 'demand.register',
      scope: '本单位',
      async handle(ask) {
        const draft = await house.transaction(ask.actor, (unit) => findDraft(unit, DRAFT));
        await draw(ask, { values: draft?.values ?? {}, restored: draft ? format.short(draft.savedAt) : undefined });
      },
    },
    {
      method: 'post',
      path: '/demands/new',
      permission: 'demand.register',
      scope: '本单位',
      async handle(ask) {
        const { req, res, actor } = ask;
        const options = formOptions(house, await house.directory(), actor);
        const submission = submitForm(form(), req.body, options);
        const action = textOf(req.body._action) ?? 'register';
        if (action === 'check') return draw(ask, { values: submission.values, checked: true });
        if (action === 'discard') {
          await house.transaction(actor, (unit) => discardDraft(unit, DRAFT));
          return res.redirect(303, '/demands/new?ok=discarded');
        }
        if (action === 'draft') {
          await house.transaction(actor, (unit) =>
            saveDraft(unit, DRAFT, {
              title: String(submission.values.title ?? '未完成的登记'),
              values: submission.values,
            }),
          );
          return res.redirect(303, '/demands/new?ok=draft');
        }
        if (!submission.ok) return draw(ask, { values: submission.values, problems: submission.problems, status: 422 });
        const token = textOf(req.body._once);
        try {
          const location = await house.transaction(actor, async (unit) => {
            const before = await alreadySubmitted(unit, token);
            if (before) return before;
            const demand = await registerDemand(unit, submission.values as unknown as RegisterInput);
            await discardDraft(unit, DRAFT);
            const path = `/demands/${demand.number}?ok=registered`;
            await noteSubmission(unit, token, path);
            return path;
          });
          await house.settle();
          res.redirect(303, location);
        } catch (error) {
          if (!isDomainError(error) || error.code !== 'Invalid' || error.problems.length === 0) throw error;
          await draw(ask, { values: submission.values, problems: [...error.problems], status: 422 });
        }
      },
    },
  ];
}

export const categoryTitle = (code: string): string => CATEGORIES[code as keyof typeof CATEGORIES] ?? code;
