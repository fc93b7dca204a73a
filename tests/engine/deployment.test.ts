import { describe, expect, test } from '@jest/globals';
import { readResources } from '../../src/engine/embedded/definitions.ts';
import { type DeploymentProblem, DeploymentRejected } from '../../src/engine/port.ts';
import { eventChoice, MISORDERED, ordered, UNNAMED } from '../support/misordered.ts';

const file = (body: string, roots = '') => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:test">
  <bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow id="s_e" sourceRef="s" targetRef="e"/>${body}</bpmn:process>${roots}
</bpmn:definitions>`;

async function problemsOf(...contents: string[]): Promise<readonly DeploymentProblem[]> {
  try {
    await readResources(contents.map((content, index) => ({ name: `${index + 1}.bpmn`, content })));
    return [];
  } catch (error) {
    if (error instanceof DeploymentRejected) return error.problems;
    throw error;
  }
}
const extension = (inner: string) => `<bpmn:extensionElements>${inner}</bpmn:extensionElements>`;

/** Element, what stands in the file, and what the sentence has to name. */
const REFUSED: [id: string, xml: string, says: RegExp][] = [
  [
    'native',
    `<bpmn:userTask id="native" name="审核">${extension('<zeebe:userTask/>')}</bpmn:userTask>`,
    /原生用户任务/,
  ],
  ['complex', '<bpmn:complexGateway id="complex" name="审核"/>', /复杂网关/],
  ['adhoc', '<bpmn:adHocSubProcess id="adhoc" name="审核"/>', /临时子流程/],
  ['transaction', '<bpmn:transaction id="transaction" name="审核"/>', /事务子流程/],
  [
    'conditional',
    '<bpmn:intermediateCatchEvent id="conditional" name="审核"><bpmn:conditionalEventDefinition id="c1"/></bpmn:intermediateCatchEvent>',
    /不能运行/,
  ],
  [
    'cancelling',
    '<bpmn:endEvent id="cancelling" name="审核"><bpmn:cancelEventDefinition id="c2"/></bpmn:endEvent>',
    /不能运行/,
  ],
  [
    'joining',
    '<bpmn:inclusiveGateway id="joining" name="审核"/><bpmn:task id="j1"/><bpmn:task id="j2"/><bpmn:sequenceFlow id="j3" sourceRef="j1" targetRef="joining"/><bpmn:sequenceFlow id="j4" sourceRef="j2" targetRef="joining"/>',
    /汇合/,
  ],
  [
    'decision',
    `<bpmn:businessRuleTask id="decision" name="审核">${extension('<zeebe:calledDecision decisionId="x" resultVariable="r"/>')}</bpmn:businessRuleTask>`,
    /DMN/,
  ],
  [
    'throwing',
    '<bpmn:intermediateThrowEvent id="throwing" name="审核"><bpmn:timerEventDefinition id="c3"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateThrowEvent>',
    /中间抛出事件只能/,
  ],
  ['jobless', '<bpmn:serviceTask id="jobless" name="审核"/>', /作业类型/],
  [
    'wrongFeel',
    `<bpmn:scriptTask id="wrongFeel" name="审核">${extension('<zeebe:script expression="=1 +" resultVariable="r"/>')}</bpmn:scriptTask>`,
    /FEEL/,
  ],
];

describe('what does not run is refused at deployment', () => {
  test.each(REFUSED)('%s', async (id, xml, says) => {
    const found = (await problemsOf(file(xml))).filter((problem) => problem.elementId === id);
    expect(found).toContainEqual(
      expect.objectContaining({ resource: '1.bpmn', elementName: '审核', reason: expect.stringMatching(says) }),
    );
  });

  test('all of it at once, in all files of the deployment', async () => {
    const half = Math.ceil(REFUSED.length / 2);
    const files = [REFUSED.slice(0, half), REFUSED.slice(half)].map((part) =>
      file(part.map(([, xml]) => xml).join('')),
    );
    const problems = await problemsOf(files[0]!, files[1]!.replace('id="p"', 'id="q"'));
    for (const [index, [id]] of REFUSED.entries())
      expect(problems).toContainEqual(
        expect.objectContaining({ resource: index < half ? '1.bpmn' : '2.bpmn', elementId: id }),
      );
  });

  test('every sentence is Chinese and ends as one', async () => {
    const problems = await problemsOf(file(REFUSED.map(([, xml]) => xml).join('')));
    for (const { reason } of problems) expect(reason).toMatch(/\p{Script=Han}.*[。\p{Script=Han}\w”]$/su);
  });

  test('a file that is no diagram', async () => {
    expect(await problemsOf('<bpmn:definitions><oops')).toEqual([
      expect.objectContaining({ resource: '1.bpmn', reason: expect.stringMatching(/BPMN/) }),
    ]);
  });

  test('nothing at all', async () => {
    await expect(readResources([])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('the order of children, which Zeebe asks for too', () => {
  test('a file in the order of the schema is accepted', async () => {
    expect(await problemsOf(ordered('p'))).toEqual([]);
  });

  test.each(MISORDERED)('%s is refused, with the element in words', async (_what, content, elementId, says) => {
    const problems = await problemsOf(content('p'));
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) {
      expect(problem.elementId).toBe(elementId);
      expect(problem.reason).toContain('移到前面');
    }
    expect(problems.map((problem) => problem.reason).join('\n')).toMatch(says);
  });

  test.each(UNNAMED)('%s is refused', async (_what, content, elementId, says) => {
    expect(await problemsOf(content('p'))).toEqual([
      expect.objectContaining({ elementId, reason: expect.stringMatching(says) }),
    ]);
    expect(await problemsOf(eventChoice('p'))).toEqual([]);
  });

  test('all that stand wrong are told at once', async () => {
    const both = ordered('p', (parts) => ({
      note: '',
      lanes: parts.note,
      gateway: parts.gateway.replace(
        /(<bpmn:incoming>.*<\/bpmn:incoming>)(<bpmn:outgoing>.*<\/bpmn:outgoing>)/,
        '$2$1',
      ),
    }));
    expect((await problemsOf(both)).map((problem) => problem.elementId).sort()).toContain('g');
    expect((await problemsOf(both)).map((problem) => problem.elementId)).toContain('p');
  });
});
