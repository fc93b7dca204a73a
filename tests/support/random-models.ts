import fc from 'fast-check';

/** A well-formed process as a tree: whatever is drawn runs to its end when every wait is answered. */
export type Block =
  | { kind: 'job' | 'message' | 'timer' | 'signal' }
  | { kind: 'sequence'; blocks: Block[] }
  | { kind: 'choice' | 'parallel'; left: Block; right: Block }
  | { kind: 'subprocess'; block: Block }
  | { kind: 'each'; parallel: boolean }
  /** A job with an event at its edge; what it starts beside the job has a job of its own. */
  | { kind: 'guarded'; event: EdgeEvent; interrupting: boolean }
  /** Whichever comes first: a message or an hour. */
  | { kind: 'race' }
  /** Another process, `helper`. */
  | { kind: 'call' };
export type EdgeEvent = 'timer' | 'cycle' | 'message' | 'signal';

const blocks = (...further: fc.Arbitrary<Block>[]): fc.Arbitrary<Block> =>
  fc.letrec<{ block: Block }>((tie) => ({
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
      ...further,
    ),
  })).block;

export const block = blocks();
/** With events at the edge of jobs, events that race and called processes. */
export const blockWithEvents = blocks(
  fc.record({
    kind: fc.constant('guarded' as const),
    event: fc.constantFrom<EdgeEvent>('timer', 'cycle', 'message', 'signal'),
    interrupting: fc.boolean(),
  }),
  fc.constantFrom<Block>({ kind: 'race' }, { kind: 'call' }),
);

/** The process that is called by models: one job. */
export const HELPER = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="urn:test">
  <bpmn:process id="helper" isExecutable="true"><bpmn:startEvent id="hs"/><bpmn:serviceTask id="help"><bpmn:extensionElements><zeebe:taskDefinition type="help"/></bpmn:extensionElements></bpmn:serviceTask><bpmn:endEvent id="he"/><bpmn:sequenceFlow id="h1" sourceRef="hs" targetRef="help"/><bpmn:sequenceFlow id="h2" sourceRef="help" targetRef="he"/></bpmn:process>
</bpmn:definitions>`;

/**
 * The XML of a model that starts by hand or by the message `start-<id>`. What waits is named by its kind: `job3`, `message7`.
 * `aside`: the event of a subprocess that is begun beside everything else.
 */
export function xmlOf(id: string, model: Block, aside?: EdgeEvent): string {
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
  const message = (element: string): string => {
    roots.push(
      `<bpmn:message id="${element}_m" name="${id}-${element}"><bpmn:extensionElements><zeebe:subscription correlationKey="=key"/></bpmn:extensionElements></bpmn:message>`,
    );
    return `<bpmn:messageEventDefinition id="${element}_d" messageRef="${element}_m"/>`;
  };
  const signal = (element: string): string => {
    roots.push(`<bpmn:signal id="${element}_s" name="${id}-${element}"/>`);
    return `<bpmn:signalEventDefinition id="${element}_d" signalRef="${element}_s"/>`;
  };
  const timer = (element: string, kind: 'timeDuration' | 'timeCycle', text: string): string =>
    `<bpmn:timerEventDefinition id="${element}_d"><bpmn:${kind} xsi:type="bpmn:tFormalExpression">${text}</bpmn:${kind}></bpmn:timerEventDefinition>`;
  const definitionOf = (element: string, event: EdgeEvent): string => {
    if (event === 'message') return message(element);
    if (event === 'signal') return signal(element);
    return event === 'timer' ? timer(element, 'timeDuration', 'PT1H') : timer(element, 'timeCycle', 'R2/PT1H');
  };
  const guarded = (item: Extract<Block, { kind: 'guarded' }>): Part => {
    const [job, edge, close] = [next('job'), next('edge'), next('close')];
    // What ends its task happens once.
    const event = item.interrupting && item.event === 'cycle' ? 'timer' : item.event;
    const boundary = `<bpmn:boundaryEvent id="${edge}" attachedToRef="${job}"${item.interrupting ? '' : ' cancelActivity="false"'}>${definitionOf(edge, event)}</bpmn:boundaryEvent>`;
    const join = `<bpmn:exclusiveGateway id="${close}"/>${flow(job, close)}`;
    if (item.interrupting)
      return { xml: `${task(job).xml}${boundary}${join}${flow(edge, close)}`, first: job, last: close };
    const [beside, end] = [next('job'), next('e')];
    const branch = `${task(beside).xml}<bpmn:endEvent id="${end}"/>${flow(edge, beside)}${flow(beside, end)}`;
    return { xml: `${task(job).xml}${boundary}${join}${branch}`, first: job, last: close };
  };
  const race = (): Part => {
    const [open, first, second, close] = [next('race'), next('racing'), next('racing'), next('close')];
    const xml = [
      `<bpmn:eventBasedGateway id="${open}"/>`,
      catching(first, message(first)).xml,
      catching(second, timer(second, 'timeDuration', 'PT1H')).xml,
      `<bpmn:exclusiveGateway id="${close}"/>`,
      flow(open, first),
      flow(open, second),
      flow(first, close),
      flow(second, close),
    ].join('');
    return { xml, first: open, last: close };
  };
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
        return catching(element, message(element));
      }
      case 'signal': {
        const element = next('signal');
        return catching(element, signal(element));
      }
      case 'timer': {
        const element = next('timer');
        return catching(element, timer(element, 'timeDuration', 'PT1H'));
      }
      case 'guarded':
        return guarded(item);
      case 'race':
        return race();
      case 'call': {
        const element = next('call');
        return one(
          element,
          `<bpmn:callActivity id="${element}"><bpmn:extensionElements><zeebe:calledElement processId="helper"/></bpmn:extensionElements></bpmn:callActivity>`,
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
  const started = aside ? next('edge') : '';
  const beside = aside
    ? `<bpmn:subProcess id="aside" triggeredByEvent="true"><bpmn:startEvent id="${started}" isInterrupting="false">${definitionOf(started, aside)}</bpmn:startEvent>${task('asideJob').xml}<bpmn:endEvent id="asideEnd"/>${flow(started, 'asideJob')}${flow('asideJob', 'asideEnd')}</bpmn:subProcess>`
    : '';
  const body = row([one('begin', '<bpmn:exclusiveGateway id="begin"/>'), part(model)]);
  return named(`<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:test">
  <bpmn:process id="${id}" isExecutable="true">${framed(body)}<bpmn:startEvent id="byMessage"><bpmn:messageEventDefinition id="byMessage_d" messageRef="start_m"/></bpmn:startEvent>${flow('byMessage', 'begin')}${beside}</bpmn:process>
  <bpmn:message id="start_m" name="start-${id}"/>${roots.join('')}
</bpmn:definitions>`);
}

/** Events at the edge and event gateways name the flows that begin at them: Zeebe goes by that. */
export const named = (xml: string): string =>
  xml
    .replace(/<bpmn:outgoing>[^<]*<\/bpmn:outgoing>/g, '')
    .replace(
      /<bpmn:eventBasedGateway id="([^"]+)"(?:\/>|><\/bpmn:eventBasedGateway>)|<bpmn:boundaryEvent id="([^"]+)"[^>]*>/g,
      (tag, gateway, edge) => {
        const names = [
          ...xml.matchAll(new RegExp(`<bpmn:sequenceFlow id="([^"]+)" sourceRef="${gateway ?? edge}"`, 'g')),
        ]
          .map(([, flow]) => `<bpmn:outgoing>${flow}</bpmn:outgoing>`)
          .join('');
        return gateway ? `<bpmn:eventBasedGateway id="${gateway}">${names}</bpmn:eventBasedGateway>` : `${tag}${names}`;
      },
    );
