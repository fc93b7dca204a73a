import fc from 'fast-check';

/** A well-formed process as a tree: whatever is drawn runs to its end when every wait is answered. */
export type Block =
  | { kind: 'job' | 'message' | 'timer' | 'signal' }
  | { kind: 'sequence'; blocks: Block[] }
  | { kind: 'choice' | 'parallel'; left: Block; right: Block }
  | { kind: 'subprocess'; block: Block }
  | { kind: 'each'; parallel: boolean };

export const { block } = fc.letrec<{ block: Block }>((tie) => ({
  block: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<Block>({ kind: 'job' }, { kind: 'message' }, { kind: 'timer' }, { kind: 'signal' }),
    fc.record({ kind: fc.constant('each' as const), parallel: fc.boolean() }),
    fc.record({
      kind: fc.constant('sequence' as const),
      blocks: fc.array(tie('block'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constantFrom('choice' as const, 'parallel' as const),
      left: tie('block'),
      right: tie('block'),
    }),
    fc.record({ kind: fc.constant('subprocess' as const), block: tie('block') }),
  ),
}));

/** The XML of a model that starts by hand or by the message `start-<id>`. What waits is named by its kind: `job3`, `message7`. */
export function xmlOf(id: string, model: Block): string {
  let count = 0;
  const next = (prefix: string) => {
    count += 1;
    return `${prefix}${count}`;
  };
  const roots: string[] = [];

  interface Part {
    xml: string;
    first: string;
    last: string;
  }
  const flow = (from: string, to: string, condition = '') =>
    `<bpmn:sequenceFlow id="${next('f')}" sourceRef="${from}" targetRef="${to}">${condition}</bpmn:sequenceFlow>`;
  const one = (element: string, xml: string): Part => ({ xml, first: element, last: element });
  const catching = (element: string, definition: string): Part =>
    one(element, `<bpmn:intermediateCatchEvent id="${element}">${definition}</bpmn:intermediateCatchEvent>`);
  const task = (element: string, marker = ''): Part =>
    one(
      element,
      `<bpmn:serviceTask id="${element}"><bpmn:extensionElements><zeebe:taskDefinition type="${id}-job"/></bpmn:extensionElements>${marker}</bpmn:serviceTask>`,
    );
  const split = (gateway: string, item: { left: Block; right: Block }): Part => {
    const [open, close] = [next('open'), next('close')];
    const [left, right] = [part(item.left), part(item.right)];
    const exclusive = gateway === 'exclusiveGateway';
    const condition = '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=n > 1</bpmn:conditionExpression>';
    const otherwise = flow(open, right.first);
    const [, defaultFlow] = /id="([^"]+)"/.exec(otherwise)!;
    const xml = [
      `<bpmn:${gateway} id="${open}"${exclusive ? ` default="${defaultFlow}"` : ''}/>`,
      left.xml,
      right.xml,
      `<bpmn:${gateway} id="${close}"/>`,
      flow(open, left.first, exclusive ? condition : ''),
      otherwise,
      flow(left.last, close),
      flow(right.last, close),
    ].join('');
    return { xml, first: open, last: close };
  };
  const row = (parts: Part[]): Part => ({
    xml:
      parts.map((item) => item.xml).join('') +
      parts
        .slice(1)
        .map((item, index) => flow(parts[index]!.last, item.first))
        .join(''),
    first: parts[0]!.first,
    last: parts.at(-1)!.last,
  });
  const framed = (inner: Part): string => {
    const [start, end] = [next('s'), next('e')];
    return `<bpmn:startEvent id="${start}"/>${inner.xml}<bpmn:endEvent id="${end}"/>${flow(start, inner.first)}${flow(inner.last, end)}`;
  };

  function part(item: Block): Part {
    switch (item.kind) {
      case 'job':
        return task(next('job'));
      case 'each':
        return task(
          next('job'),
          `<bpmn:multiInstanceLoopCharacteristics isSequential="${!item.parallel}"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="item"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>`,
        );
      case 'message': {
        const element = next('message');
        roots.push(
          `<bpmn:message id="${element}_m" name="${id}-${element}"><bpmn:extensionElements><zeebe:subscription correlationKey="=key"/></bpmn:extensionElements></bpmn:message>`,
        );
        return catching(element, `<bpmn:messageEventDefinition id="${element}_d" messageRef="${element}_m"/>`);
      }
      case 'signal': {
        const element = next('signal');
        roots.push(`<bpmn:signal id="${element}_s" name="${id}-${element}"/>`);
        return catching(element, `<bpmn:signalEventDefinition id="${element}_d" signalRef="${element}_s"/>`);
      }
      case 'timer': {
        const element = next('timer');
        return catching(
          element,
          `<bpmn:timerEventDefinition id="${element}_d"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>`,
        );
      }
      case 'sequence':
        return row(item.blocks.map(part));
      case 'choice':
        return split('exclusiveGateway', item);
      case 'parallel':
        return split('parallelGateway', item);
      case 'subprocess': {
        const element = next('sub');
        return one(element, `<bpmn:subProcess id="${element}">${framed(part(item.block))}</bpmn:subProcess>`);
      }
    }
  }

  // Both ways in come together before anything that counts its incoming flows.
  const body = row([one('begin', '<bpmn:exclusiveGateway id="begin"/>'), part(model)]);
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:test">
  <bpmn:process id="${id}" isExecutable="true">${framed(body)}<bpmn:startEvent id="byMessage"><bpmn:messageEventDefinition id="byMessage_d" messageRef="start_m"/></bpmn:startEvent>${flow('byMessage', 'begin')}</bpmn:process>
  <bpmn:message id="start_m" name="start-${id}"/>${roots.join('')}
</bpmn:definitions>`;
}
