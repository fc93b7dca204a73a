import type { DeploymentProblem, Resource } from '../port.ts';

/**
 * Takes the broker's one long text apart. It looks like
 *   `... errors:\n'a.bpmn': - Element: task-1 > extensionElements\n    - ERROR: Must have exactly one zeebe:taskDefinition`
 * What cannot be taken apart is told as it is, for the whole file: nothing is lost.
 */
export function deploymentProblems(message: string, resources: readonly Resource[]): DeploymentProblem[] {
  const text = message.replace(/^.*?encountered the following errors:\s*/s, '');
  const problems: DeploymentProblem[] = [];
  let resource = resources[0]?.name ?? '';
  let elementId = '';
  for (const line of text.split('\n')) {
    const file = /^'([^']+)':\s*/.exec(line);
    if (file) resource = file[1]!;
    const element = /- Element: (\S+)/.exec(line);
    if (element) elementId = element[1]!;
    const error = /- (?:ERROR|WARNING): (.+)$/.exec(line);
    if (error) problems.push(problemOf(resource, elementId, error[1]!, resources));
  }
  if (problems.length > 0) return problems;
  return [problemOf(resource, '', text.replace(/^'[^']+':\s*/, '').trim(), resources)];
}

function problemOf(
  resource: string,
  elementId: string,
  said: string,
  resources: readonly Resource[],
): DeploymentProblem {
  const content = resources.find((item) => item.name === resource)?.content ?? '';
  const tag = elementId
    ? new RegExp(`<(?:\\w+:)?(\\w+)\\b[^>]*\\bid="${quoted(elementId)}"[^>]*>`).exec(content)
    : null;
  const name = tag ? /\bname="([^"]*)"/.exec(tag[0])?.[1] : undefined;
  return {
    resource,
    elementId,
    ...(name ? { elementName: name } : {}),
    ...(tag ? { elementType: tag[1]! } : {}),
    reason: `Zeebe 不接受这个元素：${said || '没有说明原因'}。请在流程图中改正后重新部署。`,
  };
}

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
