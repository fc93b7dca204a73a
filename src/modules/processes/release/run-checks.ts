import type { Sql } from '../../../db/sql.ts';
import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { type LocalDate, shanghaiDate } from '../../../kernel/clock.ts';
import { type DomainError, isDomainError } from '../../../kernel/errors.ts';
import { type Form, lintForm, parseForm } from '../../forms/index.ts';
import { checkExamples, lintRuleSet, parseRuleFile } from '../../rules/index.ts';
import { type DesignFinding, lintProcess, type Surroundings } from '../lint/index.ts';
import { runningOf } from '../observe.ts';
import { contentHash, readDiagram } from '../read-diagram.ts';
import { type Check, type CheckFinding, checkOf } from './check.ts';
import { newestVersion } from './in-force.ts';
import {
  type By,
  contentOf,
  lockRelease,
  noteRelease,
  OPEN_STATES,
  type Release,
  type ReleaseItem,
  requireState,
  writeRelease,
} from './release.ts';

/** Designs that are put into force together, as the linter is told of them. */
export interface Together {
  forms: ReadonlyMap<string, Form>;
  ruleSets: readonly string[];
  processes: readonly string[];
  /** Diagrams of those processes, where they are at hand: what they hand over to the processes they call counts. */
  diagrams: ReadonlyMap<string, string>;
}

/** What the gate asks of the rest of the house. */
export interface GateWork {
  sql: Sql;
  now(): Date;
  surroundings(together: Together): Promise<Surroundings>;
  /** Whether a day is worked, and the next day that is. */
  workday(day: LocalDate): Promise<{ works: boolean; next: LocalDate }>;
  /** Checks that lean on other parts of the house: scenarios, analysis, backtest, a calendar's effect. */
  further: readonly ((release: Release, work: { sql: Sql }) => Promise<Check | undefined>)[];
}

const pointerOf = (file: string, pointer: string): string => (pointer ? `${file} ${pointer}` : file);

/** Runs every check there is over a release. Nothing is stored and nothing is skipped: a check that finds nothing to look at is left out. */
export async function runChecks(work: GateWork, release: Release): Promise<Check[]> {
  const together = await togetherOf(release.items);
  const of = (kind: ReleaseItem['kind']) => release.items.filter((item) => item.kind === kind);
  const checks: Check[] = [await inForceCheck(work, release)];
  const diagrams = of('process');
  if (diagrams.length > 0) {
    checks.push(...(await diagramChecks(diagrams, await work.surroundings(together))));
    checks.push(await instancesCheck(work.sql, diagrams));
  }
  if (of('form').length > 0) checks.push(formsCheck(of('form')));
  if (of('rules').length > 0) checks.push(rulesCheck(of('rules')), examplesCheck(of('rules')));
  for (const further of work.further) {
    const check = await further(release, work);
    if (check) checks.push(check);
  }
  checks.push(await effectiveCheck(work, release));
  return checks;
}

/** Checks a release and keeps the report. What was changed by somebody else meanwhile is not overwritten by a report about what was before. */
export async function keepReport(
  sql: Sql,
  id: string,
  report: readonly Check[],
  of: { content: string; revision: number },
  by: By,
): Promise<void> {
  const release = await lockRelease(sql, id, of.revision);
  requireState(release, OPEN_STATES, '检查');
  const reportHash = contentHash(canonicalJson(report));
  await writeRelease(sql, id, {
    state: 'CHECKED',
    report,
    reportHash,
    checkedContent: of.content,
    checkedAt: by.now,
    checkedByName: by.actor.name,
  });
  await noteRelease(
    sql,
    id,
    'release.checked',
    {
      reportHash,
      content: contentOf(release),
      results: Object.fromEntries(report.map((check) => [check.id, check.state])),
    },
    by,
  );
}

async function togetherOf(items: readonly ReleaseItem[]): Promise<Together> {
  const forms = new Map<string, Form>();
  for (const item of items) {
    if (item.kind !== 'form') continue;
    try {
      forms.set(item.id, parseForm(item.processId ?? '', `${item.id}.form`, item.content));
    } catch (error) {
      // A form that cannot be read is told of by its own check.
      if (!isDomainError(error)) throw error;
    }
  }
  const ids = (kind: ReleaseItem['kind']) => items.filter((item) => item.kind === kind).map((item) => item.id);
  return {
    forms,
    ruleSets: ids('rules'),
    processes: ids('process'),
    diagrams: await readableDiagrams(items),
  };
}

/** A diagram that cannot be read hands nothing over; its own check tells of it. */
async function readableDiagrams(items: readonly ReleaseItem[]): Promise<Map<string, string>> {
  const diagrams = new Map<string, string>();
  for (const item of items) {
    if (item.kind !== 'process') continue;
    try {
      await readDiagram(item.content);
      diagrams.set(item.id, item.content);
    } catch (error) {
      if (!isDomainError(error)) throw error;
    }
  }
  return diagrams;
}

/** What a draft began from is still what is in force, and it changes something. */
async function inForceCheck(work: GateWork, release: Release): Promise<Check> {
  const findings: CheckFinding[] = [];
  for (const item of release.items.filter((one) => one.kind !== 'calendar')) {
    const newest = await newestVersion(work.sql, item);
    if ((newest?.version ?? null) !== item.basedOn)
      findings.push({
        severity: 'error',
        where: item.title,
        what: newest
          ? `在用的已经是第 ${newest.version} 版，这份内容是从${item.basedOn ? `第 ${item.basedOn} 版` : '空白'}改起的`
          : '在用的版本不见了',
        why: '发布会盖掉别人刚发布的修改',
        mend: '在最新版本上重新做这处修改',
      });
    else if (
      newest &&
      newest.content === item.content &&
      (item.kind !== 'rules' || sameExamples(newest.examples, item.examples))
    )
      findings.push({
        severity: 'error',
        where: item.title,
        what: `与在用的第 ${newest.version} 版完全相同`,
        why: '没有可发布的修改',
        mend: '放弃这份草稿，或撤回发布单后重新选择',
      });
  }
  const summary = release.items
    .map((item) =>
      `${item.title} ${item.kind === 'calendar' ? '' : item.basedOn ? `第 ${item.basedOn} 版` : '新建'}`.trim(),
    )
    .join('，');
  return checkOf(
    'in-force',
    '在用版本',
    findings.length ? '与在用的版本对不上' : `从在用的版本改起：${summary}`,
    findings,
  );
}

const sameExamples = (before: string | null, after: string | null): boolean => after === null || before === after;

/** A diagram's findings, by what they are about: three lines of the report. */
async function diagramChecks(items: readonly ReleaseItem[], around: Surroundings): Promise<Check[]> {
  const found: { item: ReleaseItem; finding: DesignFinding }[] = [];
  for (const item of items) {
    try {
      for (const finding of await lintProcess(`${item.id}.bpmn`, item.content, around)) found.push({ item, finding });
    } catch (error) {
      if (!isDomainError(error)) throw error;
      found.push({ item, finding: unreadable(error) });
    }
  }
  const line = (id: string, title: string, groups: readonly string[]): Check => {
    const own = found.filter(({ finding }) => groups.includes(finding.group));
    const errors = own.filter(({ finding }) => finding.severity === 'error').length;
    return checkOf(
      id,
      title,
      `${items.length} 张图，${errors} 处错误，${own.length - errors} 处警告`,
      own.map(({ item, finding }) => ({
        severity: finding.severity,
        where: [item.title, finding.name || finding.place].filter(Boolean).join(' › '),
        what: finding.what,
        why: finding.why,
        mend: finding.mend,
      })),
    );
  };
  return [
    line('process', '流程检查', ['syntax', 'references', 'calendar']),
    line('engine', '引擎检查（内置、Zeebe）', ['engine']),
    line('organisation', '组织数据', ['organisation']),
  ];
}

const unreadable = (error: DomainError): DesignFinding => ({
  severity: 'error',
  group: 'syntax',
  place: '',
  name: '',
  what: error.message,
  why: '读不出来的文件不能运行',
  mend: '在设计器里打开并改正，或重新导入',
});

/** Running instances stay on the version they began with. */
async function instancesCheck(sql: Sql, items: readonly ReleaseItem[]): Promise<Check> {
  const running = await runningOf(sql);
  const parts = items.map((item) => {
    const versions = [...(running.get(item.id)?.byVersion ?? [])]
      .filter(([, count]) => count > 0)
      .sort(([a], [b]) => a - b);
    const all = versions.reduce((sum, [, count]) => sum + count, 0);
    return `${item.title}在办 ${all} 件${all > 0 ? `：${versions.map(([version, count]) => `留在第 ${version} 版 ${count} 件`).join('，')}` : ''}`;
  });
  return {
    id: 'instances',
    title: '在办影响',
    state: 'passed',
    summary: `${parts.join('；')}。新件走新版。`,
    findings: [],
  };
}

function formsCheck(items: readonly ReleaseItem[]): Check {
  const findings = items.flatMap((item): CheckFinding[] => {
    const file = `${item.id}.form`;
    let schema: unknown;
    try {
      schema = JSON.parse(item.content);
    } catch (error) {
      return [{ severity: 'error', where: file, what: `不是有效的 JSON：${(error as Error).message}` }];
    }
    const found = lintForm(schema).map(
      ({ pointer, message }): CheckFinding => ({
        severity: 'error',
        where: `${item.title} ${pointer}`.trim(),
        what: message,
      }),
    );
    const { id } = schema as { id?: unknown };
    if (found.length === 0 && id !== item.id)
      found.push({ severity: 'error', where: `${item.title} /id`, what: `表单里的编号是“${id}”，应当是“${item.id}”` });
    return found;
  });
  const summary = `${items.length} 张表单，${findings.length} 处问题；在办的任务一发布就按新表单显示，已填的内容保留。`;
  return checkOf('form', '表单检查', summary, findings);
}

function rulesCheck(items: readonly ReleaseItem[]): Check {
  const findings = items.flatMap((item): CheckFinding[] => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(item.content);
    } catch (error) {
      return [
        { severity: 'error', where: `${item.id}.rules.json`, what: `不是有效的 JSON：${(error as Error).message}` },
      ];
    }
    const found = lintRuleSet(parsed).map(
      ({ pointer, message, severity }): CheckFinding => ({
        severity: severity === 'error' ? 'error' : 'warning',
        where: pointerOf(item.title, pointer),
        what: message,
      }),
    );
    const { id } = (parsed ?? {}) as { id?: unknown };
    if (found.length === 0 && id !== item.id)
      found.push({
        severity: 'error',
        where: `${item.title} /id`,
        what: `规则集里的编号是“${id}”，应当是“${item.id}”`,
      });
    return found;
  });
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  return checkOf(
    'rules',
    '规则检查',
    `${items.length} 个规则集，${errors} 处错误，${findings.length - errors} 处警告`,
    findings,
  );
}

/** Every example of every rule set holds. */
function examplesCheck(items: readonly ReleaseItem[]): Check {
  let all = 0;
  const findings = items.flatMap((item): CheckFinding[] => {
    try {
      const { ruleSet } = parseRuleFile(`${item.id}.rules.json`, item.content);
      const examples: unknown = item.examples === null ? null : JSON.parse(item.examples);
      all += Array.isArray(examples) ? examples.length : 0;
      return checkExamples(ruleSet, examples).map(({ pointer, message }) => ({
        severity: 'error' as const,
        where: pointerOf(`${item.title}的示例`, pointer),
        what: message,
      }));
    } catch (error) {
      if (!isDomainError(error) && !(error instanceof SyntaxError)) throw error;
      return [{ severity: 'error', where: `${item.title}的示例`, what: `不能运行：${(error as Error).message}` }];
    }
  });
  const wrong = new Set(findings.map((finding) => /^\S+ \/\d+/.exec(finding.where)?.[0] ?? finding.where)).size;
  return checkOf('examples', '用例', `${Math.max(0, all - wrong)}/${all} 成立`, findings);
}

/** The time it comes into force: worked, and not gone by. */
async function effectiveCheck(work: GateWork, release: Release): Promise<Check> {
  const { effectiveAt } = release;
  if (effectiveAt === null) return checkOf('effective', '生效时间', '复核通过后立即生效', []);
  const day = shanghaiDate(effectiveAt);
  const { works, next } = await work.workday(day);
  const findings: CheckFinding[] = [];
  if (effectiveAt <= work.now())
    findings.push({
      severity: 'error',
      where: day,
      what: '生效时间已经过去',
      mend: '另选一个工作日，或留空表示复核后立即生效',
    });
  else if (!works)
    findings.push({
      severity: 'error',
      where: day,
      what: '这一天不上班',
      why: '出了问题没有人在场处理',
      mend: `请选工作日，最近的是 ${next}`,
    });
  return checkOf('effective', '生效时间', findings.length ? day : `${day} 是工作日`, findings);
}
