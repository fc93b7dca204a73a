import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Diagram, readDiagram } from '../../src/modules/processes/index.ts';
import { jobHandlers } from '../../src/workers/index.ts';
import { ruleSetIds } from '../support/rules.ts';

/** The diagrams an administrator opens: sound by the modeler's own rules, tied to what the program knows, and tidy to look at. */

const root = join(import.meta.dirname, '../../processes');
const ids = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();
const xmlOf = (id: string) => readFileSync(join(root, id, `${id}.bpmn`), 'utf8');
const formIds = ids.flatMap((id) => {
  const folder = readdirSync(join(root, id)).includes('forms') ? readdirSync(join(root, id, 'forms')) : [];
  return folder.map((name) => name.replace('.form', ''));
});
const jobTypes = Object.keys(
  jobHandlers(
    () => Promise.reject(new Error('not run here')),
    () => Promise.reject(new Error('not run here')),
  ),
);

test('R2: all are clean by bpmnlint and its rules for Camunda 8.5, as .bpmnlintrc has them', async () => {
  const home = join(root, '..');
  const files = ids.map((id) => join('processes', id, `${id}.bpmn`));
  const found = await new Promise<string>((resolve) => {
    execFile(process.execPath, ['node_modules/bpmnlint/bin/bpmnlint.js', ...files], { cwd: home }, (error, out, err) =>
      resolve(error ? out + err : ''),
    );
  });
  expect(found).toBe('');
});

describe.each(ids)('process %s', (id) => {
  let diagram: Diagram;
  beforeAll(async () => {
    diagram = await readDiagram(xmlOf(id));
  });

  test('says for which execution platform it is, so that Camunda Modeler opens it as what it is', () => {
    expect(xmlOf(id)).toContain('modeler:executionPlatform="Camunda Cloud"');
    expect(xmlOf(id)).toContain('modeler:executionPlatformVersion="8.5.0"');
  });

  test('has a page that says what it is and on which clause it rests', () => {
    const page = readFileSync(join(root, id, 'README.md'), 'utf8');
    expect(page).toMatch(/P4\.\d|P5\.\d/);
    expect(page).toContain(diagram.processes[0]!.name);
  });

  test('names and explains every element in Chinese', () => {
    const silent = diagram.elements.filter(
      (element) => !/[\u4e00-\u9fff]/.test(element.named ? element.name : '') || !element.documentation,
    );
    expect(silent.map((element) => element.id)).toEqual([]);
  });

  test('names only job types, rule sets, forms and processes that exist', () => {
    const unknown = diagram.elements.flatMap((element) => [
      ...(element.jobType && !jobTypes.includes(element.jobType) ? [`job type ${element.jobType}`] : []),
      ...(element.headers.ruleSet && !ruleSetIds().includes(element.headers.ruleSet)
        ? [`rule set ${element.headers.ruleSet}`]
        : []),
      ...(element.type === 'userTask' && !formIds.includes(element.formId ?? '') ? [`form of ${element.id}`] : []),
      ...(element.calledProcess && !ids.includes(element.calledProcess) ? [`process ${element.calledProcess}`] : []),
    ]);
    expect(unknown).toEqual([]);
  });

  test('every split has a default flow, and conditions that cannot hold together: one, or one value each of the same variable', () => {
    const splits = diagram.elements.filter(
      (element) => element.type === 'exclusiveGateway' && element.outgoing.length > 1,
    );
    for (const split of splits) {
      const flows = diagram.flows.filter((flow) => flow.source === split.id);
      expect({ id: split.id, defaults: flows.filter((flow) => flow.isDefault).length }).toEqual({
        id: split.id,
        defaults: 1,
      });
      const conditions = flows.filter((flow) => !flow.isDefault).map((flow) => flow.condition ?? '');
      expect({ id: split.id, conditions: conditions.length > 0 }).toEqual({ id: split.id, conditions: true });
      expect(conditions.every((condition) => condition.startsWith('='))).toBe(true);
      if (conditions.length > 1) {
        const compared = conditions.map((condition) => /^=(\w+) = ("\w+")$/.exec(condition));
        expect({ id: split.id, variables: new Set(compared.map((part) => part?.[1])).size }).toEqual({
          id: split.id,
          variables: 1,
        });
        expect({ id: split.id, values: new Set(compared.map((part) => part?.[2])).size }).toEqual({
          id: split.id,
          values: conditions.length,
        });
      }
      expect(flows.every((flow) => flow.name !== '')).toBe(true);
    }
  });

  test('every element and flow is drawn', () => {
    const drawn = new Set([...diagram.shapes, ...diagram.edges].map((item) => item.elementId));
    const missing = [...diagram.elements, ...diagram.flows].filter((item) => !drawn.has(item.id));
    expect(missing.map((item) => item.id)).toEqual([]);
  });

  test('flows run straight and at right angles, from border to border', () => {
    const crooked = diagram.edges.filter((edge) =>
      edge.waypoints.some((point, index) => {
        const next = edge.waypoints[index + 1];
        return next !== undefined && point.x !== next.x && point.y !== next.y;
      }),
    );
    expect(crooked.map((edge) => edge.elementId)).toEqual([]);
    const boxOf = new Map(diagram.shapes.map((shape) => [shape.elementId, shape.bounds]));
    for (const flow of diagram.flows) {
      const edge = diagram.edges.find((item) => item.elementId === flow.id)!;
      expect({ flow: flow.id, docked: docks(edge.waypoints[0]!, boxOf.get(flow.source)!) }).toEqual({
        flow: flow.id,
        docked: true,
      });
      expect({ flow: flow.id, docked: docks(edge.waypoints.at(-1)!, boxOf.get(flow.target)!) }).toEqual({
        flow: flow.id,
        docked: true,
      });
    }
  });

  test('nothing lies upon anything else: shapes, labels and lines', () => {
    const boxes = [
      ...diagram.shapes
        .filter((shape) => !shape.expanded)
        .map((shape) => ({ name: shape.elementId, box: shape.bounds })),
      ...labelsOf(diagram),
    ];
    const attached = new Set(
      diagram.elements.flatMap((element) => (element.attachedTo ? [element.id, element.attachedTo] : [])),
    );
    const clashes: string[] = [];
    boxes.forEach((one, index) => {
      for (const other of boxes.slice(index + 1)) {
        if (attached.has(one.name) && attached.has(other.name)) continue;
        if (overlap(one.box, other.box)) clashes.push(`${one.name} / ${other.name}`);
      }
    });
    for (const label of labelsOf(diagram))
      for (const edge of diagram.edges)
        edge.waypoints.slice(1).forEach((to, index) => {
          const from = edge.waypoints[index]!;
          const line = {
            x: Math.min(from.x, to.x),
            y: Math.min(from.y, to.y),
            width: Math.abs(from.x - to.x) || 0.1,
            height: Math.abs(from.y - to.y) || 0.1,
          };
          if (overlap(label.box, line)) clashes.push(`${label.name} / line ${edge.elementId}`);
        });
    expect(clashes).toEqual([]);
  });
});

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The room a name takes at 13 px, one line, centred on its label as the program and the modeler draw it. */
function labelsOf(diagram: Diagram): { name: string; box: Box }[] {
  const names = new Map([...diagram.elements, ...diagram.flows].map((item) => [item.id, item.name]));
  return [...diagram.shapes, ...diagram.edges].flatMap((item) => {
    const label = 'expanded' in item && item.expanded ? undefined : item.label;
    const name = names.get(item.elementId);
    if (!label || !name) return [];
    const width = Math.min(13 * [...name].length, Math.max(label.width, 78));
    const height = 13 * [...name].length > Math.max(label.width, 78) ? 31 : 14;
    return [
      { name: `label ${item.elementId}`, box: { x: label.x + label.width / 2 - width / 2, y: label.y, width, height } },
    ];
  });
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** A point on the border of a box: of a rectangle, or the corner of a gateway, or the rim of an event. */
function docks(point: { x: number; y: number }, box: Box): boolean {
  const onX = Math.abs(point.x - box.x) < 0.5 || Math.abs(point.x - box.x - box.width) < 0.5;
  const onY = Math.abs(point.y - box.y) < 0.5 || Math.abs(point.y - box.y - box.height) < 0.5;
  const inX = point.x >= box.x - 0.5 && point.x <= box.x + box.width + 0.5;
  const inY = point.y >= box.y - 0.5 && point.y <= box.y + box.height + 0.5;
  return (onX && inY) || (onY && inX);
}
