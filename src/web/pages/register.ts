import type { Request, Response } from 'express';
import type { Actor } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError } from '../../kernel/errors.ts';
import { DemandEntity, type RegisterInput, registerDemand } from '../../modules/demands/index.ts';
import { tellRegistered } from '../../modules/feedback/index.ts';
import { presentForm, submitForm, type Values } from '../../modules/forms/index.ts';
import { discardDraft, draftsOf, findDraft, saveDraft } from '../../modules/tasks/index.ts';
import { fileOptions, keepFiles } from '../form-files.ts';
import { formOptions } from '../form-options.ts';
import { dayInWords, format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { readCookie, setCookie } from '../middleware/cookies.ts';
import { type Ask, type Route, textOf, uploadProblems } from '../route.ts';
import { alreadySubmitted, noteSubmission } from '../submit-once.ts';
import { decide, decisionsOf, type IntakeDecisions, proposalOf } from './intake-decisions.ts';
import { intakeRail, legalSigns, suggestHost } from './intake-rail.ts';

const FORM = 'register-demand';
/** The person's last choice of channel and first department, offered again. */
const LAST_CHOICE = 'suying_intake';

interface Page {
  values: Values;
  decisions: IntakeDecisions;
  draftId: string;
  problems?: readonly FieldProblem[];
  status?: number;
  /** The suggestions were asked for: the page says so and the rail has the focus. */
  checked?: boolean;
  restored?: string;
}

export function registerPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/demands/new',
      permission: 'demand.register',
      scope: '本单位',
      handle: (ask) => open(house, ask),
    },
    {
      method: 'post',
      path: '/demands/new',
      permission: 'demand.register',
      scope: '本单位',
      handle: (ask) => submit(house, ask),
    },
    {
      method: 'post',
      path: '/demands/new/rail',
      permission: 'demand.register',
      scope: '本单位',
      async handle(ask) {
        const { values, ...read } = await readForm(house, ask);
        const decisions = decide(read.decisions, textOf(ask.req.body._action) ?? '');
        const rail = await house.transaction(ask.actor, (unit) =>
          intakeRail(house, unit, ask.actor, values, decisions),
        );
        ask.res.render('demands/rail', { rail, decisions, checked: true });
      },
    },
    {
      method: 'post',
      path: '/demands/new/draft',
      permission: 'demand.register',
      scope: '本人的草稿',
      async handle(ask) {
        const page = await readForm(house, ask);
        await house.transaction(ask.actor, (unit) => keepDraft(unit, page));
        ask.res.json({ message: `草稿已于 ${format.clock(house.clock.now())} 保存，只有你能看到。` });
      },
    },
  ];
}

/** An empty form, a draft taken up again, or the same caller with another matter. */
async function open(house: House, ask: Ask): Promise<void> {
  const { req, actor } = ask;
  const draftId = textOf(req.query.draft)?.slice(0, 60);
  const draft = draftId
    ? await house.transaction(actor, (unit) => findDraft(unit, { formKey: FORM, subject: 'new', draftId }))
    : null;
  if (draft) {
    return draw(house, ask, {
      values: draft.values,
      decisions: decisionsOf(draft.values),
      draftId: draft.draftId,
      restored: format.short(draft.savedAt),
    });
  }
  const again = textOf(req.query.again);
  await draw(house, ask, {
    values: { ...lastChoice(req, actor), ...(again ? await sameCaller(house, actor, again) : {}) },
    decisions: { notDuplicateOf: [] },
    draftId: house.ids.uuid(),
  });
}

async function submit(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const action = textOf(req.body._action) ?? 'register';
  const page = await readForm(house, ask, action);
  switch (action.split(':')[0]) {
    case 'register':
    case 'on-the-spot':
      return register(house, ask, page);
    case 'draft':
      await house.transaction(actor, (unit) => keepDraft(unit, page));
      return res.redirect(303, `/demands/new?draft=${encodeURIComponent(page.draftId)}&ok=draft`);
    case 'discard':
      await house.transaction(actor, (unit) =>
        discardDraft(unit, { formKey: FORM, subject: 'new', draftId: page.draftId }),
      );
      return res.redirect(303, '/demands/new?ok=discarded');
    case 'upload': {
      const problems = uploadProblems(res);
      return draw(house, ask, { ...page, problems, ...(problems.length > 0 ? { status: 422 } : {}) });
    }
    case 'tag':
      return draw(house, ask, { ...page, values: withTag(page.values, action.slice(4)), checked: true });
    case 'answer':
      return draw(house, ask, { ...page, values: await withAnswer(house, actor, page, action), checked: true });
    default:
      // 检查并给出建议, and every decision of the rail: the page again, filled in, nothing saved.
      return draw(house, ask, { ...page, decisions: decide(page.decisions, action), checked: true });
  }
}

/** What the browser has sent: the fields by the schema, the decisions of the rail, and which draft it is. */
async function readForm(house: House, { req, actor }: Pick<Ask, 'req' | 'actor'>, action = 'check') {
  const form = house.forms.get(FORM)!;
  const sent = action === 'on-the-spot' ? { ...req.body, intakeChoice: 'ON_THE_SPOT' } : req.body;
  const options = formOptions(house, await house.directory(), actor);
  const files = await house.transaction(actor, (unit) => fileOptions(unit, form, sent));
  const submission = submitForm(form, sent, { ...options, files }, { today: shanghaiDate(house.clock.now()) });
  return {
    submission,
    values: submission.values,
    decisions: decisionsOf(req.body),
    draftId: textOf(req.body._draft)?.slice(0, 60) ?? house.ids.uuid(),
  };
}
type ReadForm = Awaited<ReturnType<typeof readForm>>;

async function register(house: House, ask: Ask, page: ReadForm): Promise<void> {
  const { req, res, actor } = ask;
  const { submission, decisions, draftId } = page;
  const refused = uploadProblems(res);
  if (!submission.ok || refused.length > 0) {
    const problems = [...refused, ...(submission.ok ? [] : submission.problems)];
    return draw(house, ask, { ...page, problems, status: 422 });
  }
  if (legalSigns(house, submission.values) && !decisions.legalWish)
    return draw(house, ask, {
      ...page,
      problems: [
        {
          pointer: '/legalWish',
          message: '“救济意愿”还没有选：正文提到法律救济，请问清诉求人只是咨询，还是要复议；无关的选“与法律救济无关”。',
        },
      ],
      status: 422,
    });
  const token = textOf(req.body._once);
  try {
    let made: string | undefined;
    const location = await house.transaction(actor, async (unit) => {
      const before = await alreadySubmitted(unit, token);
      if (before) return before;
      const demand = await registerDemand(unit, await inputOf(house, unit, submission.values, decisions));
      await tellRegistered(unit, demand);
      await keepFiles(unit, house.forms.get(FORM)!, submission.values, demand.id);
      await discardDraft(unit, { formKey: FORM, subject: 'new', draftId });
      made = demand.id;
      const path = `/demands/${demand.number}/registered`;
      await noteSubmission(unit, token, path);
      return path;
    });
    await house.settle(made);
    rememberChoice(house, res, submission.values);
    res.redirect(303, location);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid' || error.problems.length === 0) throw error;
    await draw(house, ask, { ...page, problems: error.problems, status: 422 });
  }
}

/** The registration as the ledger takes it: the form, and what the officer decided beside it. */
async function inputOf(house: House, unit: Unit, values: Values, decisions: IntakeDecisions): Promise<RegisterInput> {
  const proposal = proposalOf(decisions, await suggestHost(house, unit, unit.actor, values));
  return {
    ...(values as unknown as RegisterInput),
    ...(decisions.duplicateOf ? { duplicateOf: decisions.duplicateOf } : {}),
    ...(decisions.legalWish && legalSigns(house, values) ? { intake: { legalIntent: decisions.legalWish } } : {}),
    ...(decisions.notDuplicateOf.length > 0 ? { notDuplicateOf: decisions.notDuplicateOf } : {}),
    // Who handles it himself proposes nobody.
    ...(proposal && values.intakeChoice !== 'SELF' && values.intakeChoice !== 'ON_THE_SPOT' ? { proposal } : {}),
  };
}

async function draw(house: House, { res, actor }: Pick<Ask, 'res' | 'actor'>, page: Page): Promise<void> {
  const options = formOptions(house, await house.directory(), actor);
  const problems = page.problems ?? [];
  const calendar = await house.calendar();
  const view = await house.transaction(actor, async (unit) => ({
    rail: await intakeRail(house, unit, actor, page.values, page.decisions),
    drafts: (await draftsOf(unit, FORM)).filter((draft) => draft.draftId !== page.draftId),
    files: await fileOptions(unit, house.forms.get(FORM)!, page.values),
    taxService: unit.directory.departmentsByFunction(actor.orgCode, 'TAXPAYER_SERVICE')[0]?.name ?? '纳税服务部门',
  }));
  res.status(page.status ?? 200).render('demands/new', {
    title: '登记诉求',
    form: presentForm(house.forms.get(FORM)!, {
      values: { registeringDepartment: actor.departmentCode, ...page.values },
      problems,
      options: { ...options, files: view.files },
      dayInWords: (day) => dayInWords(day, calendar, actor.orgCode),
      autofocus: problems.length === 0 && !page.checked,
    }),
    ...view,
    drafts: view.drafts.map((draft) => ({ ...draft, when: format.short(draft.savedAt) })),
    decisions: page.decisions,
    draftId: page.draftId,
    checked: page.checked ?? false,
    restored: page.restored,
    once: house.ids.uuid(),
  });
}

async function keepDraft(unit: Unit, page: Pick<ReadForm, 'values' | 'decisions' | 'draftId'>): Promise<void> {
  const { values, decisions, draftId } = page;
  const name = [values.taxpayerName, values.title ?? firstWords(values.content)].filter(Boolean).join(' · ');
  await saveDraft(
    unit,
    { formKey: FORM, subject: 'new', draftId },
    { title: name.slice(0, 80) || '未写内容', values: { ...values, ...decisions } },
  );
}

const firstWords = (content: unknown): string =>
  typeof content === 'string' ? [...content].slice(0, 20).join('') : '';

function withTag(values: Values, tag: string): Values {
  const tags = Array.isArray(values.tags) ? values.tags.map(String) : [];
  return { ...values, tags: [...new Set([...tags, tag])] };
}

/** The answer of an earlier demand put into the form; the way of handling is chosen with it when none was. */
async function withAnswer(house: House, actor: Actor, page: ReadForm, action: string): Promise<Values> {
  const number = action.slice('answer:'.length);
  const rail = await house.transaction(actor, (unit) => intakeRail(house, unit, actor, page.values, page.decisions));
  const found = rail.answers.find((item) => item.number === number);
  if (!found) return page.values;
  const before = typeof page.values.answerContent === 'string' ? `${page.values.answerContent}\n` : '';
  return {
    ...page.values,
    answerContent: `${before}${found.answer}`,
    ...(found.basis && !page.values.answerBasis ? { answerBasis: found.basis } : {}),
    intakeChoice: page.values.intakeChoice ?? 'ON_THE_SPOT',
  };
}

/** Who called, for a second matter of the same person: only from a demand one has registered oneself today. */
async function sameCaller(house: House, actor: Actor, number: string): Promise<Values> {
  const demand = await house.transaction(actor, (unit) =>
    unit.em.findOne(DemandEntity, { number, receivingOfficer: actor.login }),
  );
  if (!demand || shanghaiDate(demand.registeredAt) !== shanghaiDate(house.clock.now())) return {};
  const { channel, subChannel, anonymous, anonymousReason, taxpayerName, taxpayerType } = demand;
  const { contactPhone, contactPerson, creditCode, otherContact, confidential, specialGroup, agent } = demand;
  const values: Values = anonymous
    ? { channel, subChannel, anonymous, anonymousReason }
    : {
        ...{ channel, subChannel, taxpayerName, taxpayerType, contactPhone, contactPerson, creditCode, otherContact },
        ...{ confidential, specialGroup, agent, agentName: demand.intake.agentName },
      };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}

function lastChoice(req: Request, actor: Actor): Values {
  const [channel, department] = (readCookie(req, LAST_CHOICE) ?? '').split('|');
  return {
    ...(channel ? { channel: channel.slice(0, 40) } : {}),
    registeringDepartment: department?.startsWith(actor.orgCode) ? department.slice(0, 40) : actor.departmentCode,
  };
}

function rememberChoice(house: House, res: Response, values: Values): void {
  setCookie(res, LAST_CHOICE, `${values.channel ?? ''}|${values.registeringDepartment ?? ''}`, {
    secure: house.config.TRUST_PROXY,
    maxAgeMs: 90 * 86_400_000,
  });
}
