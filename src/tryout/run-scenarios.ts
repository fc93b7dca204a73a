import { DeploymentRejected } from '../engine/port.ts';
import { isDomainError } from '../kernel/errors.ts';
import {
  differencesOf,
  type ElementNames,
  parseScenario,
  type Scenario,
  type Standing,
  type StoredScenario,
} from '../modules/processes/index.ts';
import { ApiProblem } from './api-client.ts';
import type { Designs } from './designs.ts';
import { Trial } from './trial.ts';
import type { OpenTrial } from './trial-house.ts';

/** A scenario by its name with its text, wherever it is kept. */
export type ScenarioAsked = Pick<StoredScenario, 'processId' | 'name' | 'content'>;

export interface ScenarioResult {
  processId: string;
  name: string;
  passed: boolean;
  /** The first thing that is other than recorded, as a sentence; empty when nothing is. */
  difference: string;
  /** Everything that is other, as far as it could be done. */
  differences: readonly string[];
  /** Every step could be done: what came out may be taken as what is expected from now on. */
  walked: boolean;
}

/**
 * Replays scenarios with designs in place of what is in force, each in a house of its own, and says the first difference of each.
 * `names` gives elements their names in sentences.
 */
export async function runScenarios(
  open: OpenTrial,
  designs: Designs,
  scenarios: readonly ScenarioAsked[],
  names: ElementNames,
): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const item of scenarios) {
    const { problem, standing } = await standingAfter(open, designs, item, names);
    const differences = standing
      ? differencesOf(parseScenario(item.content, item.name).expect, standing, names)
      : [problem ?? ''];
    results.push({
      processId: item.processId,
      name: item.name,
      passed: differences.length === 0,
      difference: differences[0] ?? '',
      differences,
      walked: standing !== undefined,
    });
  }
  return results;
}

/** Scenarios that may go another way with these designs: of those processes, through them, by those rules, or with those forms. */
export function touchedBy<Asked extends ScenarioAsked>(
  designs: Designs,
  scenarios: readonly Asked[],
  formsOf: (id: string) => string[],
): Asked[] {
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

/** How things stand after the steps of a scenario with these designs, or which step could not be done and why. */
export async function standingAfter(
  open: OpenTrial,
  designs: Designs,
  item: ScenarioAsked,
  names: ElementNames,
): Promise<{ standing?: Standing; problem?: string }> {
  const scenario = parseScenario(item.content, item.name);
  const house = await open(designs, new Date(scenario.start)).catch((error: unknown) => refusalOf(error));
  if (typeof house === 'string') return { problem: house };
  try {
    const trial = await Trial.on(house, scenario.process);
    for (const [index, step] of scenario.steps.entries()) {
      try {
        await trial.do(step);
      } catch (error) {
        return { problem: `第 ${index + 1} 步${stepInWords(scenario, index, names)}没有做成：${refusalOf(error)}` };
      }
    }
    return { standing: await trial.standing() };
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

function stepInWords(scenario: Scenario, index: number, names: ElementNames): string {
  const step = scenario.steps[index]!;
  if (step.do === 'complete') return `（办理“${names(scenario.process, step.element)}”）`;
  return `（${{ register: '登记', start: '启动', act: '申请', wait: '等待' }[step.do]}）`;
}
