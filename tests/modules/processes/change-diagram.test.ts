import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  changeElement,
  type DesignWords,
  type Diagram,
  elementFields,
  insertTask,
  openModel,
  readDiagram,
  removeElement,
  whyNotRemovable,
} from '../../../src/modules/processes/index.ts';

const root = join(import.meta.dirname, '../../../processes');
const ids = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const xmlOf = (id: string) => readFileSync(join(root, id, `${id}.bpmn`), 'utf8');

const WORDS: DesignWords = {
  forms: [{ value: 'give-feedback', title: '反馈', home: '/processes/draft/forms/answer', fields: ['feedbackWay'] }],
  groups: [
    { value: 'tax-service', title: '本级纳服专岗' },
    { value: 'host-department', title: '主办部门处理人员' },
  ],
  clocks: [{ value: 'HANDLING', title: '办结钟' }],
  ruleSets: [{ value: 'on-the-spot', title: '当场办结' }],
  processes: [{ value: 'return-visit', title: '回访' }],
  jobs: [
    {
      value: 'tell-supplement',
      title: '告知补充',
      about: '告知',
      gives: [],
      headers: [{ key: 'kind', title: '告知什么', choices: [{ value: 'asked', title: '请求补充' }] }],
    },
  ],
  messages: [{ value: 'demand-withdrawn', title: '诉求人撤回', correlationKey: '=demandId' }],
};

type Box = { x: number; y: number; width: number; height: number };
const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const docks = (point: { x: number; y: number }, box: Box) => {
  const near = (a: number, b: number) => Math.abs(a - b) < 0.5;
  const onX = near(point.x, box.x) || near(point.x, box.x + box.width);
  const onY = near(point.y, box.y) || near(point.y, box.y + box.height);
  const inX = point.x >= box.x - 0.5 && point.x <= box.x + box.width + 0.5;
  const inY = point.y >= box.y - 0.5 && point.y <= box.y + box.height + 0.5;
  return (onX && inY) || (onY && inX);
};
/** What makes a picture untidy: slanted lines, lines that end in the air, shapes upon each other. */
function untidy(diagram: Diagram): string[] {
  const boxes = new Map(diagram.shapes.map((shape) => [shape.elementId, shape.bounds]));
  const attached = new Set(diagram.elements.flatMap((item) => (item.attachedTo ? [item.id, item.attachedTo] : [])));
  const closed = diagram.shapes.filter((shape) => !shape.expanded);
  return [
    ...diagram.edges
      .filter((edge) =>
        edge.waypoints.some((from, index) => {
          const to = edge.waypoints[index + 1];
          return to && from.x !== to.x && from.y !== to.y;
        }),
      )
      .map((edge) => `slanted ${edge.elementId}`),
    ...diagram.flows.flatMap((flow) => {
      const points = diagram.edges.find((edge) => edge.elementId === flow.id)?.waypoints ?? [];
      const good =
        points.length > 1 &&
        docks(points[0]!, boxes.get(flow.source)!) &&
        docks(points.at(-1)!, boxes.get(flow.target)!);
      return good ? [] : [`in the air ${flow.id}`];
    }),
    ...closed.flatMap((one, index) =>
      closed
        .slice(index + 1)
        .filter(
          (other) =>
            !(attached.has(one.elementId) && attached.has(other.elementId)) && overlap(one.bounds, other.bounds),
        )
        .map((other) => `upon each other ${one.elementId} ${other.elementId}`),
    ),
  ];
}

/** Lines of others that run through a step, and names that lie under it. */
function inTheWay(diagram: Diagram, step: string): string[] {
  const box = diagram.shapes.find((shape) => shape.elementId === step)!.bounds;
  const own = new Set(
    diagram.flows.filter((flow) => flow.source === step || flow.target === step).map((flow) => flow.id),
  );
  const through = diagram.edges.filter(
    (edge) =>
      !own.has(edge.elementId) &&
      edge.waypoints.slice(1).some((to, index) => {
        const from = edge.waypoints[index]!;
        const stretch = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y) };
        return overlap(box, { ...stretch, width: Math.abs(from.x - to.x), height: Math.abs(from.y - to.y) });
      }),
  );
  const names = [...diagram.shapes, ...diagram.edges].filter((item) => item.label && overlap(box, item.label));
  return [
    ...through.map((edge) => `crossed by ${edge.elementId}`),
    ...names.map((item) => `over the name of ${item.elementId}`),
  ];
}

describe('a step put in and taken out again, on every flow of every diagram that ships', () => {
  test.each(ids)('%s stays tidy and leads where it led', async (id) => {
    const before = await readDiagram(xmlOf(id));
    for (const flow of before.flows) {
      const model = await openModel(xmlOf(id));
      const step = insertTask(model, flow.id, { kind: 'user', name: '复核' });
      const xml = await model.xml();
      const within = await readDiagram(xml);
      expect([flow.id, untidy(within)]).toEqual([flow.id, []]);
      expect([flow.id, inTheWay(within, step)]).toEqual([flow.id, []]);
      const ways = within.flows.filter((item) => item.source === step || item.target === step);
      expect(ways.map((item) => [item.source, item.target])).toEqual([
        [flow.source, step],
        [step, flow.target],
      ]);
      expect(within.elements.find((element) => element.id === step)).toMatchObject({ name: '复核', type: 'userTask' });
      const again = await openModel(xml);
      removeElement(again, step);
      const after = await readDiagram(await again.xml());
      expect([flow.id, untidy(after)]).toEqual([flow.id, []]);
      expect(after.flows.map(({ source, target }) => [source, target])).toEqual(
        before.flows.map(({ source, target }) => [source, target]),
      );
    }
  });
});

describe('properties of an element by plain answers', () => {
  const fieldOf = async (xml: string, id: string) =>
    Object.fromEntries(elementFields(await openModel(xml), id, WORDS).map((field) => [field.name, field.value]));

  test('what is not answered otherwise leaves the file as it was', async () => {
    for (const id of ids) {
      const model = await openModel(xmlOf(id));
      const plain = await (await openModel(xmlOf(id))).xml();
      for (const node of model.nodes()) {
        const answers = Object.fromEntries(
          elementFields(model, node.id, WORDS).map((field) => [field.name, field.value]),
        );
        changeElement(model, node.id, answers, WORDS);
      }
      expect((await model.xml()) === plain).toBe(true);
    }
  });

  test('a user task: name, form, posts, clock, results', async () => {
    const model = await openModel(xmlOf('return-visit'));
    changeElement(
      model,
      'conduct-return-visit',
      {
        name: '上门回访',
        form: 'give-feedback',
        groups: ['tax-service', 'host-department'],
        clock: 'HANDLING',
        results: ['feedbackWay'],
        assignee: '',
        inputs: 'visitId = visit.id',
        outputs: '',
        documentation: 'P4.4',
      },
      WORDS,
    );
    const xml = await model.xml();
    expect(await fieldOf(xml, 'conduct-return-visit')).toMatchObject({
      name: '上门回访',
      form: 'give-feedback',
      groups: ['tax-service', 'host-department'],
      clock: 'HANDLING',
      results: ['feedbackWay'],
      inputs: 'visitId = visit.id',
      documentation: 'P4.4',
    });
    expect(xml).toContain('<zeebe:formDefinition formKey="give-feedback" />');
    expect(xml).toContain('<zeebe:input source="=visit.id" target="visitId" />');
  });

  test('a program with its header, a decision, a call, a message that was not there, a branch and its default', async () => {
    const model = await openModel(xmlOf('return-visit'));
    const flow = (await readDiagram(xmlOf('return-visit'))).flows.find((item) => item.condition)!;
    const made = (['job', 'rule', 'call'] as const).map((kind) => insertTask(model, flow.id, { kind, name: kind }));
    changeElement(model, made[0]!, { name: '告知', job: 'tell-supplement' }, WORDS);
    changeElement(model, made[0]!, { name: '告知', job: 'tell-supplement', 'header-kind': 'asked' }, WORDS);
    changeElement(model, made[1]!, { name: '判断', ruleSet: 'on-the-spot', resultVariable: 'spot' }, WORDS);
    changeElement(model, made[2]!, { name: '回访', called: 'return-visit', inputs: 'demandId = demandId' }, WORDS);
    changeElement(model, flow.id, { name: '好', condition: '=spot.onTheSpot = true', isDefault: ['yes'] }, WORDS);
    const diagram = await readDiagram(await model.xml());
    const of = (id: string) => diagram.elements.find((element) => element.id === id);
    expect(of(made[0]!)).toMatchObject({ jobType: 'tell-supplement', headers: { kind: 'asked' } });
    expect(of(made[1]!)).toMatchObject({
      jobType: 'evaluate-rules',
      headers: { ruleSet: 'on-the-spot', resultVariable: 'spot' },
    });
    expect(of(made[2]!)).toMatchObject({ calledProcess: 'return-visit' });
    expect(diagram.flows.find((item) => item.id === flow.id)).toMatchObject({
      condition: '=spot.onTheSpot = true',
      isDefault: true,
    });
  });

  test('a message chosen for the first time brings its correlation key', async () => {
    const model = await openModel(xmlOf('co-handling'));
    changeElement(model, 'co-department-released', { message: 'demand-withdrawn' }, WORDS);
    expect((await readDiagram(await model.xml())).messages).toContainEqual(
      expect.objectContaining({ name: 'demand-withdrawn', correlationKey: '=demandId' }),
    );
  });

  test.each([
    ['conduct-return-visit', { name: '' }, '/name', /没有填“名称”/],
    ['conduct-return-visit', { inputs: 'a = b\nwhat' }, '/inputs', /第 2 行读不懂/],
    ['taxpayer-satisfied_satisfied', { condition: 'true' }, '/condition', /以“=”开头/],
  ])('%s answered with %j is refused at its field', async (id, answers, pointer, message) => {
    const model = await openModel(xmlOf('return-visit'));
    expect(() => changeElement(model, id, answers as never, WORDS)).toThrow(
      expect.objectContaining({
        code: 'Invalid',
        problems: [{ pointer, message: expect.stringMatching(message) }],
      }),
    );
  });

  test('what has several ways, or events upon it, is not taken out here, with the reason', async () => {
    const model = await openModel(xmlOf('handle-demand'));
    expect(whyNotRemovable(model, 'handle')).toMatch(/边界事件/);
    expect(() => removeElement(model, 'handle')).toThrow(/边界事件/);
    expect(whyNotRemovable(model, 'open-handling')).toBeUndefined();
    expect(() => model.find('nobody')).toThrow(/流程图里没有“nobody”/);
  });
});
