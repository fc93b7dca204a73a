import { shanghaiDate } from '../../../kernel/clock.ts';
import { notFound } from '../../../kernel/errors.ts';
import { may } from '../../../modules/access/index.ts';
import { formOutline, parseForm } from '../../../modules/forms/index.ts';
import {
  diagramOf,
  type ElementRow,
  elementTable,
  formVersion,
  listDrafts,
  listFormVersions,
  listProcessVersions,
  loadOf,
  processesInForce,
  processXml,
  renderSvg,
  runningOf,
} from '../../../modules/processes/index.ts';
import { activeRuleSet } from '../../../modules/rules/index.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { CLOCKS } from '../clock-names.ts';
import { type Glance, glancesOf } from '../design/check.ts';
import { draftsInWords } from '../design/draft-words.ts';
import { calendarBar } from './frame.ts';

const SCOPE = '全部（件数，不含个人信息）';
/** Which parameter says how long a clock runs. */
const CLOCK_PARAMETERS: Record<string, string> = {
  TRANSFER: 'transfer.days',
  HANDLING: 'handle.single.days',
  FEEDBACK: 'feedback.days',
  RETURN_VISIT: 'visit.within',
};

/** P20 and P21: the catalogue of processes, and each process as table, picture and versions. */
export function processPages(house: House): Route[] {
  const common = { method: 'get', permission: 'process.read', scope: SCOPE } as const;
  return [
    { ...common, path: '/processes', handle: (ask) => showCatalogue(house, ask) },
    { ...common, path: '/processes/:id', handle: (ask) => showProcess(house, ask) },
    {
      ...common,
      path: '/processes/:id/bpmn',
      async handle({ req, res }) {
        const { id, version } = asked(req);
        const xml = await processXml(house.sql, id, version);
        res
          .type('application/xml')
          .attachment(`${id}${version ? `-v${version}` : ''}.bpmn`)
          .send(xml);
      },
    },
    { ...common, path: '/processes/:id/forms/:formId', handle: (ask) => showForm(house, ask) },
  ];
}

const asked = (req: Ask['req']) => {
  const version = textOf(req.query.version);
  if (version !== undefined && !/^[1-9]\d{0,5}$/.test(version)) throw notFound('没有这个版本。');
  return { id: String(req.params.id), version: version ? Number(version) : undefined };
};

async function showCatalogue(house: House, { res, actor }: Ask): Promise<void> {
  const versions = await listProcessVersions(house.sql);
  const running = await runningOf(house.sql);
  const ids = [...new Set(versions.map((item) => item.processId))];
  const rows = await Promise.all(
    ids.map(async (id) => {
      const newest = versions.find((item) => item.processId === id)!;
      const { processes } = await diagramOf(house.sql, id);
      const process = processes.find((item) => item.id === id) ?? processes[0];
      return {
        id,
        name: process?.name ?? id,
        documentation: withClauses(house, process?.documentation ?? ''),
        version: newest.version,
        deployed: format.time(newest.deployedAt),
        active: running.get(id)?.active ?? 0,
        older: [...(running.get(id)?.byVersion ?? [])].filter(([version]) => version !== newest.version).length,
        incidents: running.get(id)?.incidents ?? 0,
      };
    }),
  );
  const designs = may(actor, 'design.edit');
  const drafts = designs ? await draftsInWords(house, actor.login) : [];
  const glances = designs ? await glancesOf(house, await shownDiagrams(house)) : new Map<string, Glance>();
  res.render('admin/processes', {
    title: '流程目录',
    rows: rows.map((row) => ({ ...row, glance: glances.get(`in-force ${row.id}`) })),
    designs,
    drafts: drafts.map((draft) => ({ ...draft, glance: glances.get(`draft ${draft.id}`) })),
    bar: await calendarBar(house),
  });
}

/** What is in force, and drafts of it. */
async function shownDiagrams(house: House) {
  const inForce = await processesInForce(house.sql, []);
  const drafts = (await listDrafts(house.sql)).filter((draft) => draft.kind === 'process');
  return [
    ...inForce.map(({ processId, xml }) => ({ key: `in-force ${processId}`, id: processId, xml })),
    ...drafts.map(({ id, content }) => ({ key: `draft ${id}`, id, xml: content })),
  ];
}

async function showProcess(house: House, { req, res, actor }: Ask): Promise<void> {
  const { id, version } = asked(req);
  const [diagram, versions, running, people] = await Promise.all([
    diagramOf(house.sql, id, version),
    listProcessVersions(house.sql),
    runningOf(house.sql),
    house.directory(),
  ]);
  const own = versions.filter((item) => item.processId === id);
  const shown = version ?? own[0]!.version;
  const load = await loadOf(house.sql, id, version);
  const stuck = [...load]
    .filter(([, item]) => item.incidents > 0)
    .map(([elementId]) => [elementId, 'incident'] as const);
  const standing = [...load]
    .filter(([, item]) => item.incidents === 0)
    .map(([elementId]) => [elementId, 'here'] as const);
  const clockText = await clockWords(house);
  const names = new Map(await Promise.all(processNames(house, versions)));
  const ruleNames = await ruleTitles(house, elementTable(diagram));
  res.render('admin/process', {
    title: diagram.processes.find((process) => process.id === id)?.name ?? id,
    id,
    shown,
    newest: own[0]!.version,
    designs: may(actor, 'design.edit'),
    draft: (await draftsInWords(house, actor.login)).find((draft) => draft.id === id) ?? null,
    documentation: withClauses(house, diagram.processes.find((process) => process.id === id)?.documentation ?? ''),
    svg: renderSvg(diagram, new Map([...standing, ...stuck])),
    elements: elementTable(diagram).map((element) => ({
      ...element,
      documentation: withClauses(house, element.documentation),
      clockText: element.clock ? clockText(element.clock) : '',
      form: element.formId
        ? { id: element.formId, title: house.forms.get(element.formId)?.title ?? element.formId }
        : null,
      rule: element.ruleSet ? { id: element.ruleSet, title: ruleNames.get(element.ruleSet) ?? element.ruleSet } : null,
      called: element.calledProcess
        ? { id: element.calledProcess, title: names.get(element.calledProcess) ?? element.calledProcess }
        : null,
      here: load.get(element.id)?.here ?? 0,
      incidents: load.get(element.id)?.incidents ?? 0,
    })),
    history: own.map((item) => ({
      ...item,
      by: people.user(item.deployedBy)?.name ?? (item.deployedBy === 'system' ? '系统' : item.deployedBy),
      at: format.time(item.deployedAt),
      active: running.get(id)?.byVersion.get(item.version) ?? 0,
    })),
    running: running.get(id) ?? { active: 0, incidents: 0 },
    bar: await calendarBar(house),
  });
}

function processNames(house: House, versions: readonly { processId: string }[]) {
  return [...new Set(versions.map((item) => item.processId))].map(async (id) => {
    const { processes } = await diagramOf(house.sql, id);
    return [id, processes.find((process) => process.id === id)?.name ?? id] as const;
  });
}

async function ruleTitles(house: House, rows: readonly ElementRow[]): Promise<Map<string, string>> {
  const today = shanghaiDate(house.clock.now());
  const ids = [...new Set(rows.flatMap((row) => row.ruleSet ?? []))];
  const titles = await Promise.all(
    ids.map(async (id) => {
      // A diagram may name a rule set that nobody has published; the table then shows its id.
      const title = await activeRuleSet(house.sql, id, today).then(
        (set) => set.title,
        () => id,
      );
      return [id, title] as const;
    }),
  );
  return new Map(titles);
}

/** Diagrams name clauses by their codes; people read their names. */
const withClauses = (house: House, text: string): string =>
  text.replace(/\bP\d(?:\.\w+)*/g, (code) => house.clauses[code]?.name ?? code);

/** “办结钟，5 个工作日”, from the parameters in force today. */
async function clockWords(house: House): Promise<(clock: string) => string> {
  const parameters = (await activeRuleSet(house.sql, 'deadlines', shanghaiDate(house.clock.now()))).default.outcome;
  return (clock) => {
    const days = parameters[CLOCK_PARAMETERS[clock] ?? ''];
    return `${CLOCKS[clock] ?? clock}${typeof days === 'number' ? `，${days} 个工作日` : ''}`;
  };
}

async function showForm(house: House, { req, res }: Ask): Promise<void> {
  const { id, version } = asked(req);
  const formId = String(req.params.formId);
  const [newest] = await listFormVersions(house.sql, formId);
  const shown = version === undefined ? newest : await formVersion(house.sql, formId, version);
  if (!newest || !shown || newest.processId !== id) throw notFound('没有找到这个表单。请从流程页的步骤表进入。');
  const form = parseForm(id, `${formId}.form`, shown.content);
  const { processes } = await diagramOf(house.sql, id);
  res.render('admin/form', {
    title: `表单：${form.title}`,
    id,
    processName: processes.find((process) => process.id === id)?.name ?? id,
    form,
    shown: shown.version,
    newest: newest.version,
    hasDraft: (await listDrafts(house.sql)).some((draft) => draft.kind === 'form' && draft.id === formId),
    fields: formOutline(form),
    bar: await calendarBar(house),
  });
}
