import { DeploymentRejected } from '../engine/port.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { isDomainError } from '../kernel/errors.ts';
import { parseScenario, type Scenario, type Standing, type StoredScenario } from '../modules/processes/index.ts';
import { ApiProblem } from './api-client.ts';
import type { Designs } from './designs.ts';
import { Trial } from './trial.ts';
import type { OpenTrial } from './trial-house.ts';

export interface ScenarioResult {
  processId: string;
  name: string;
  passed: boolean;
  /** The first thing that is other than recorded, as a sentence; empty when nothing is. */
  difference: string;
}

/**
 * Replays scenarios with designs in place of what is in force, each in a house of its own, and says the first difference of each.
 * `names` gives elements their names in sentences.
 */
export async function runScenarios(
  open: OpenTrial,
  designs: Designs,
  scenarios: readonly StoredScenario[],
  names: (processId: string, elementId: string) => string,
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const item of scenarios) {
    const difference = await differenceOf(open, designs, item, names);
    results.push({ processId: item.processId, name: item.name, passed: difference === '', difference });
  }
  return results;
}

/** Scenarios that may go another way with these designs: of those processes, through them, by those rules, or with those forms. */
export function touchedBy(
  designs: Designs,
  scenarios: readonly StoredScenario[],
  formsOf: (id: string) => string[],
): StoredScenario[] {
  const processes = new Set([...designs.processes.keys(), ...[...designs.forms.keys()].flatMap(formsOf)]);
  return scenarios.filter((item) => {
    const { process, expect } = parseScenario(item.content);
    return (
      processes.has(process) ||
      Object.keys(expect.path).some((id) => processes.has(id)) ||
      // Parameters are asked for everywhere, and leave no decision of their own.
      designs.ruleSets.has('deadlines') ||
      expect.decisions.some((decision) => designs.ruleSets.has(decision.ruleSet))
    );
  });
}

type Names = (processId: string, elementId: string) => string;

async function differenceOf(open: OpenTrial, designs: Designs, item: StoredScenario, names: Names): Promise<string> {
  const scenario = parseScenario(item.content, item.name);
  const house = await open(designs, new Date(scenario.start)).catch((error: unknown) => refusalOf(error));
  if (typeof house === 'string') return house;
  try {
    const trial = await Trial.on(house, scenario.process);
    for (const [index, step] of scenario.steps.entries()) {
      try {
        await trial.do(step);
      } catch (error) {
        return `第 ${index + 1} 步${stepInWords(scenario, index, names)}没有做成：${refusalOf(error)}`;
      }
    }
    return firstDifference(scenario.expect, await trial.standing(), names);
  } finally {
    await house.close();
  }
}

/** What the house said, as people read it; anything it did not design is a bug and thrown on. */
export function refusalOf(error: unknown): string {
  if (error instanceof ApiProblem) return String(error.problem.detail ?? error.problem.title ?? error.message);
  if (error instanceof DeploymentRejected)
    return `引擎不能运行这张图：${error.problems.map((problem) => `“${problem.elementName ?? problem.elementId}”${problem.reason}`).join('；')}`;
  if (isDomainError(error)) return error.message;
  throw error;
}

function stepInWords(scenario: Scenario, index: number, names: Names): string {
  const step = scenario.steps[index]!;
  if (step.do === 'complete') return `（办理“${names(scenario.process, step.element)}”）`;
  return `（${{ register: '登记', start: '启动', act: '申请', wait: '等待' }[step.do]}）`;
}

/** The first thing that is other: where it went, where it stands, what was decided, until when. Empty when all is as recorded. */
export function firstDifference(wanted: Standing, found: Standing, names: Names): string {
  for (const [processId, path] of Object.entries(wanted.path)) {
    const now = found.path[processId] ?? [];
    for (const [index, element] of path.entries())
      if (now[index] !== element) {
        const instead = now[index];
        return `第 ${index + 1} 个节点：期望到“${names(processId, element)}”，实际${instead ? `到“${names(processId, instead)}”` : '没有走到'}。`;
      }
    if (now.length > path.length)
      return `期望走到“${names(processId, path.at(-1)!)}”为止，实际还走到“${names(processId, now[path.length]!)}”。`;
  }
  const further = Object.keys(found.path).find((processId) => !wanted.path[processId]);
  if (further) return `期望不用流程“${further}”，实际用到了。`;
  if (found.incidents.length > 0 && wanted.incidents.length === 0) return `出现异常，停在“${found.incidents[0]}”。`;
  for (const [part, title] of [
    ['open', '待办'],
    ['status', '状态'],
    ['incidents', '异常'],
  ] as const)
    if (canonicalJson(wanted[part] ?? null) !== canonicalJson(found[part] ?? null))
      return `${title}：期望 ${shown(wanted[part])}，实际 ${shown(found[part])}。`;
  return decisionDifference(wanted, found) || clockDifference(wanted, found);
}

function decisionDifference(wanted: Standing, found: Standing): string {
  for (const [index, decision] of wanted.decisions.entries()) {
    const now = found.decisions[index];
    if (now?.ruleSet !== decision.ruleSet)
      return `第 ${index + 1} 次判断：期望用规则“${decision.ruleSet}”，实际${now ? `用“${now.ruleSet}”` : '没有判断'}。`;
    for (const key of new Set([...Object.keys(decision.outcome), ...Object.keys(now.outcome)]))
      if (
        canonicalJson((decision.outcome[key] ?? null) as never) !== canonicalJson((now.outcome[key] ?? null) as never)
      )
        return `规则“${decision.ruleSet}”的结果 ${key}：期望 ${shown(decision.outcome[key])}，实际 ${shown(now.outcome[key])}。`;
  }
  return found.decisions.length > wanted.decisions.length
    ? `多判断了一次“${found.decisions[wanted.decisions.length]!.ruleSet}”。`
    : '';
}

function clockDifference(wanted: Standing, found: Standing): string {
  for (const [index, clock] of wanted.clocks.entries()) {
    const now = found.clocks[index];
    if (!now || now.kind !== clock.kind)
      return `第 ${index + 1} 个期限：期望 ${clock.kind}，实际${now ? ` ${now.kind}` : '没有'}。`;
    if (now.dueDate !== clock.dueDate) return `期限 ${clock.kind}：期望到期 ${clock.dueDate}，实际 ${now.dueDate}。`;
    if (now.status !== clock.status)
      return `期限 ${clock.kind}：期望${shown(clock.status)}，实际${shown(now.status)}。`;
  }
  return found.clocks.length > wanted.clocks.length ? `多了一个期限 ${found.clocks[wanted.clocks.length]!.kind}。` : '';
}

const shown = (value: unknown): string =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0)
    ? '没有'
    : `“${Array.isArray(value) ? value.join('、') : typeof value === 'object' ? JSON.stringify(value) : String(value)}”`;
