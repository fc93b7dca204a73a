import { sqlOf } from '../../../../db/orm.ts';
import { invalid, isDomainError, notFound } from '../../../../kernel/errors.ts';
import { beginDraft, dropDraft } from '../../../../modules/processes/index.ts';
import { examplesInForce, listRuleSetVersions } from '../../../../modules/rules/index.ts';
import type { House } from '../../../house.ts';
import { type Ask, type Route, textOf } from '../../../route.ts';
import { backtestPages } from './backtest.ts';
import { showBench } from './bench.ts';
import { actOnExamples, showExamples } from './examples.ts';
import { showTable } from './table.ts';
import { actOnTable } from './table-acts.ts';
import { autosave, conflictOf, frameOf, judge, keep, revisionOf, type Workshop, workshopOf } from './workshop.ts';

/** 规则工作台 (P24): one draft of a rule set as a table, as JSON, its examples, a bench to try it; and backtests of it. */
export function ruleWorkshopPages(house: House): Route[] {
  const own = { permission: 'design.edit', scope: '全部规则（不含个人信息）' } as const;
  return [
    { method: 'get', path: '/rules/:id/edit', ...own, handle: (ask) => show(house, ask) },
    { method: 'post', path: '/rules/:id/edit', ...own, handle: (ask) => act(house, ask) },
    { method: 'post', path: '/rules/:id/draft', ...own, handle: (ask) => beginOrDrop(house, ask) },
    ...backtestPages(house),
  ];
}

async function show(house: House, ask: Ask): Promise<void> {
  const workshop = await workshopOf(house, String(ask.req.params.id));
  if (!workshop.draft)
    return ask.res.render('admin/rule-workshop/begin', { ...(await frameOf(house, workshop, '')), problems: [] });
  switch (textOf(ask.req.query.view)) {
    case 'json':
      return showJson(house, ask, workshop);
    case 'examples':
      return showExamples(house, ask, workshop);
    case 'try':
      return showBench(house, ask, workshop);
    case 'facts':
      return ask.res.render('admin/rule-workshop/facts', {
        ...(await frameOf(house, workshop, 'facts')),
        problems: [],
        facts: Object.entries((workshop.set ?? workshop.published).facts).map(([name, fact]) => ({
          ...fact,
          name,
          values: Object.entries(fact.enum ?? {}).map(([code, word]) => `${word}（${code}）`),
        })),
      });
    default:
      return showTable(house, ask, workshop);
  }
}

function act(house: House, ask: Ask): Promise<void> {
  switch (textOf(ask.req.body.view)) {
    case 'json':
      return saveJson(house, ask);
    case 'examples':
      return actOnExamples(house, ask);
    default:
      return actOnTable(house, ask);
  }
}

async function beginOrDrop(house: House, { req, res, actor }: Ask): Promise<void> {
  const id = String(req.params.id);
  const { published } = await workshopOf(house, id);
  const by = { actor, now: house.clock.now() };
  if (req.body.act === 'drop') {
    await house.transaction(actor, (unit) => dropDraft(sqlOf(unit.em), 'rules', id, by));
    return res.redirect(303, `/rules/${id}?ok=draft-dropped`);
  }
  const versions = await listRuleSetVersions(house.sql, id);
  const newest = versions[0]!;
  const asked = textOf(req.body.version);
  const from = asked === undefined ? newest : versions.find((item) => String(item.version) === asked);
  if (!from) throw notFound(`规则集“${published.title}”没有第 ${asked?.slice(0, 10)} 版。请从版本页选择。`);
  // An old version comes back with the examples it was published with.
  const examples =
    (asked === undefined ? (await examplesInForce(house.sql)).get(id) : from.examples) ??
    `${JSON.stringify(house.ruleExamples.get(id) ?? [], null, 2)}\n`;
  try {
    await house.transaction(actor, (unit) =>
      beginDraft(
        sqlOf(unit.em),
        { kind: 'rules', id: published.id, content: from.content, examples, basedOn: from.version },
        by,
      ),
    );
  } catch (error) {
    // Somebody else was faster: it is the same draft, unless an old version was asked for.
    if (!isDomainError(error) || error.reason !== 'draft-exists' || asked !== undefined) throw error;
  }
  res.redirect(303, `/rules/${id}/edit`);
}

interface JsonState {
  content?: string;
  mistakes?: Workshop['mistakes'];
  conflict?: string;
  status?: number;
}

/** JSON: the same file as text; what is wrong with it has its line. */
async function showJson(
  house: House,
  { res }: Pick<Ask, 'res'>,
  workshop: Workshop,
  state: JsonState = {},
): Promise<void> {
  const mistakes = state.mistakes ?? workshop.mistakes;
  res.status(state.status ?? 200).render('admin/rule-workshop/json', {
    ...(await frameOf(house, workshop, 'json')),
    content: state.content ?? workshop.draft!.content,
    conflict: state.conflict ?? '',
    dirty: state.content !== undefined,
    mistakes,
    problems: mistakes
      .filter((mistake) => mistake.severity === 'error')
      .map((mistake) => ({ field: 'content', href: `#line-${mistake.line}`, message: placed(mistake) })),
  });
}

const placed = ({ line, column, message }: { line: number; column?: number; message: string }): string =>
  `第 ${line} 行${column ? `第 ${column} 列` : ''}：${message}`;

async function saveJson(house: House, ask: Ask): Promise<void> {
  const id = String(ask.req.params.id);
  const workshop = await workshopOf(house, id);
  if (!workshop.draft) return ask.res.redirect(303, `/rules/${id}/edit`);
  // Forms send their lines with CR LF; the file keeps the line ends it has.
  const sent = String(ask.req.body.content ?? '').replaceAll('\r\n', '\n');
  const content = workshop.draft.content.includes('\r\n') ? sent.replaceAll('\n', '\r\n') : sent;
  const { mistakes, value } = judge(id, content);
  if (ask.req.body.act === 'autosave')
    return autosave(ask, async () => {
      // A text that is no JSON yet waits until it is.
      if (value === undefined) throw invalid('JSON 还不完整。');
      return keep(house, ask.actor, { id, content, revision: revisionOf(ask) });
    });
  // A text that is no JSON is not kept: it could be shown in no other view.
  if (value === undefined) return showJson(house, ask, workshop, { content, mistakes, status: 422 });
  try {
    await keep(house, ask.actor, { id, content, revision: revisionOf(ask) });
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Conflict') throw error;
    const now = await workshopOf(house, id);
    return showJson(house, ask, now, { content, mistakes, conflict: await conflictOf(house, id), status: 409 });
  }
  ask.res.redirect(303, `/rules/${id}/edit?view=json&ok=draft-kept`);
}
