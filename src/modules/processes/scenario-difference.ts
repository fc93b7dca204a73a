import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { Standing } from './scenario-file.ts';

/** Names of elements for sentences. */
export type ElementNames = (processId: string, elementId: string) => string;

/**
 * Everything that is other than expected, as sentences: where it went, where it stands, what was decided, until when. Of a way only the
 * first step that differs is told, with the whole way as it is now: all later ones follow from it.
 */
export function differencesOf(wanted: Standing, found: Standing, names: ElementNames): string[] {
  return [
    ...wayDifferences(wanted, found, names),
    ...placeDifferences(wanted, found, names),
    ...decisionDifferences(wanted, found),
    ...clockDifferences(wanted, found),
  ];
}

function wayDifferences(wanted: Standing, found: Standing, names: ElementNames): string[] {
  const further = Object.keys(found.path).filter((processId) => !wanted.path[processId]);
  return [
    ...Object.entries(wanted.path).flatMap(([processId, path]) =>
      wayDifference(processId, path, found.path[processId] ?? [], names),
    ),
    ...further.map((processId) => `期望不用流程“${processId}”，实际用到了。`),
  ];
}

function wayDifference(
  processId: string,
  path: readonly string[],
  now: readonly string[],
  names: ElementNames,
): string[] {
  const name = (element: string) => `“${names(processId, element)}”`;
  const index = path.findIndex((element, at) => now[at] !== element);
  if (index >= 0) {
    const instead = now[index];
    return [
      `第 ${index + 1} 个节点：期望到${name(path[index]!)}，实际${instead ? `到${name(instead)}` : '没有走到'}。`,
    ];
  }
  return now.length > path.length ? [`期望走到${name(path.at(-1)!)}为止，实际还走到${name(now[path.length]!)}。`] : [];
}

function placeDifferences(wanted: Standing, found: Standing, names: ElementNames): string[] {
  const places = (elements: readonly string[]) =>
    elements.map(
      (element) =>
        Object.keys(found.path)
          .concat(Object.keys(wanted.path))
          .map((id) => names(id, element))
          .find((name) => name !== element) ?? element,
    );
  const said: string[] = [];
  const say = (title: string, before: unknown, after: unknown) => {
    if (!same(before, after)) said.push(`${title}：期望 ${shown(before)}，实际 ${shown(after)}。`);
  };
  if (found.incidents.length > 0 && wanted.incidents.length === 0)
    said.push(`出现异常，停在“${places(found.incidents)[0]}”。`);
  else say('异常', places(wanted.incidents), places(found.incidents));
  say('待办', places(wanted.open), places(found.open));
  say('状态', wanted.status, found.status);
  return said;
}

function decisionDifferences(wanted: Standing, found: Standing): string[] {
  const said: string[] = [];
  for (const [index, decision] of wanted.decisions.entries()) {
    const now = found.decisions[index];
    if (now?.ruleSet !== decision.ruleSet) {
      said.push(
        `第 ${index + 1} 次判断：期望用规则“${decision.ruleSet}”，实际${now ? `用“${now.ruleSet}”` : '没有判断'}。`,
      );
      return said;
    }
    for (const key of new Set([...Object.keys(decision.outcome), ...Object.keys(now.outcome)]))
      if (!same(decision.outcome[key], now.outcome[key]))
        said.push(
          `规则“${decision.ruleSet}”的结果 ${key}：期望 ${shown(decision.outcome[key])}，实际 ${shown(now.outcome[key])}。`,
        );
  }
  for (const more of found.decisions.slice(wanted.decisions.length)) said.push(`多判断了一次“${more.ruleSet}”。`);
  return said;
}

function clockDifferences(wanted: Standing, found: Standing): string[] {
  const said: string[] = [];
  for (const [index, clock] of wanted.clocks.entries()) {
    const now = found.clocks[index];
    if (!now || now.kind !== clock.kind) {
      said.push(`第 ${index + 1} 个期限：期望 ${clock.kind}，实际${now ? ` ${now.kind}` : '没有'}。`);
      return said;
    }
    if (now.dueDate !== clock.dueDate)
      said.push(`期限 ${clock.kind}：期望到期 ${clock.dueDate}，实际 ${now.dueDate}。`);
    if (now.status !== clock.status)
      said.push(`期限 ${clock.kind}：期望${shown(clock.status)}，实际${shown(now.status)}。`);
  }
  for (const more of found.clocks.slice(wanted.clocks.length)) said.push(`多了一个期限 ${more.kind}。`);
  return said;
}

const same = (a: unknown, b: unknown): boolean =>
  canonicalJson((a ?? null) as never) === canonicalJson((b ?? null) as never);

const shown = (value: unknown): string =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0)
    ? '没有'
    : `“${Array.isArray(value) ? value.join('、') : typeof value === 'object' ? JSON.stringify(value) : String(value)}”`;
