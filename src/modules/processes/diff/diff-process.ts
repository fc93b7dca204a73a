import type { Choice, DesignWords } from '../design/design-words.ts';
import type { Diagram } from '../diagram.ts';
import { parseDefinitions, readDiagram } from '../read-diagram.ts';
import { type DesignChange, type Facets, facetChanges, facetsInWords } from './design-change.ts';
import { elementFacets, typeInWords } from './element-facets.ts';

/**
 * What is other in a later version of a diagram, in words: steps, who does them, forms, rules, timers, messages, conditions, mappings,
 * and where the ways lead. Elements are the same when their ids are. What was only redrawn is one sentence at the end.
 * Throws `Invalid` when one of the files is no BPMN file.
 */
export async function diffProcess(before: string, after: string, words?: DesignWords): Promise<DesignChange[]> {
  const [old, young] = await Promise.all([nodesOf(before), nodesOf(after)]);
  if (words) for (const node of [...old.values(), ...young.values()]) callByTitle(node.facets, words);
  const changes: DesignChange[] = [];
  for (const [id, node] of young) {
    const known = old.get(id);
    if (known) changes.push(...changesOf(id, known, node));
    else changes.push({ kind: 'added', place: id, name: node.name, text: bornText(node) });
  }
  for (const [id, node] of old)
    if (!young.has(id))
      changes.push({ kind: 'removed', place: id, name: node.name, text: `删除${node.what}“${node.name}”` });
  const moved = await redrawn(before, after);
  if (moved > 0)
    changes.push({ kind: 'moved', place: '', name: '', text: `只挪了位置、没有改内容的图形：${moved} 个` });
  return changes.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** Forms, rule sets, clocks, processes and jobs as people call them; what has no name keeps its code. */
function callByTitle(facets: Facets, words: DesignWords): void {
  const lists: Record<string, readonly Choice[]> = {
    表单: words.forms,
    规则集: words.ruleSets,
    期限: words.clocks,
    被调用的流程: words.processes,
    作业类型: words.jobs,
  };
  for (const [title, choices] of Object.entries(lists)) {
    const known = choices.find((choice) => choice.value === facets.get(title));
    if (known) facets.set(title, known.title);
  }
  const results = facets.get('任务结果');
  if (results) facets.set('任务结果', results.split(',').join('、'));
}

const ORDER = ['added', 'changed', 'removed', 'moved'];

interface Node {
  name: string;
  /** “用户任务”, “流向”, “流程”. */
  what: string;
  facets: Facets;
}

async function nodesOf(xml: string): Promise<Map<string, Node>> {
  const { rootElement: definitions } = await parseDefinitions(xml);
  const nodes = new Map<string, Node>();
  for (const root of definitions.rootElements ?? []) if (root.$type === 'bpmn:Process') readProcess(root, nodes);
  return nodes;
}

function readProcess(process: any, nodes: Map<string, Node>): void {
  const facets: Facets = new Map();
  if (process.name) facets.set('名称', process.name);
  const documentation = process.documentation?.map((entry: any) => entry.text).join('\n');
  if (documentation) facets.set('说明', documentation);
  facets.set('可运行', process.isExecutable ? '是' : '否');
  nodes.set(process.id, { name: process.name ?? process.id, what: '流程', facets });
  for (const set of process.laneSets ?? [])
    for (const lane of set.lanes ?? [])
      nodes.set(lane.id, {
        name: lane.name ?? lane.id,
        what: '泳道',
        facets: new Map([
          ['名称', lane.name ?? ''],
          ['其中的步骤', (lane.flowNodeRef ?? []).map(nameOf).sort().join('、')],
        ]),
      });
  readScope(process, nodes);
}

function readScope(scope: any, nodes: Map<string, Node>): void {
  for (const node of scope.flowElements ?? []) {
    if (node.$type === 'bpmn:SequenceFlow') nodes.set(node.id, flowNode(node));
    else if (node.$instanceOf('bpmn:FlowNode')) {
      nodes.set(node.id, { name: nameOf(node), what: typeInWords(node), facets: elementFacets(node) });
      readScope(node, nodes);
    }
  }
  for (const note of scope.artifacts ?? [])
    if (note.$type === 'bpmn:TextAnnotation')
      nodes.set(note.id, {
        name: String(note.text ?? '').slice(0, 20),
        what: '注释',
        facets: new Map([['文字', note.text ?? '']]),
      });
}

/** A way between two steps; its condition is told with both ends, because people know it by them. */
function flowNode(flow: any): Node {
  const facets: Facets = new Map();
  facets.set('起点', nameOf(flow.sourceRef));
  facets.set('终点', nameOf(flow.targetRef));
  if (flow.name) facets.set('名称', flow.name);
  if (flow.conditionExpression?.body) facets.set('条件', flow.conditionExpression.body);
  return { name: `${nameOf(flow.sourceRef)} → ${nameOf(flow.targetRef)}`, what: '流向', facets };
}

const nameOf = (node: any): string => node?.name || node?.id || '';

function bornText(node: Node): string {
  const said = facetsInWords(node.facets, ['类型', '名称', '起点', '终点', '可运行', '传回全部变量']);
  return `增加${node.what}“${node.name}”${said ? `：${said}` : ''}`;
}

function changesOf(id: string, before: Node, after: Node): DesignChange[] {
  return facetChanges(before.facets, after.facets).map((sentence) => ({
    kind: 'changed',
    place: id,
    name: after.name,
    text: `${after.what}“${before.name}”的${sentence}`,
  }));
}

/** How many shapes and lines lie elsewhere although they are in both files. */
async function redrawn(before: string, after: string): Promise<number> {
  const [old, young] = (await Promise.all([readDiagram(before), readDiagram(after)])).map(placesOf);
  return [...young!].filter(([id, place]) => old!.has(id) && old!.get(id) !== place).length;
}

const placesOf = (diagram: Diagram): Map<string, string> =>
  new Map([
    ...diagram.shapes.map((shape) => [shape.elementId, JSON.stringify([shape.bounds, shape.label])] as const),
    ...diagram.edges.map((edge) => [edge.elementId, JSON.stringify([edge.waypoints, edge.label])] as const),
  ]);
