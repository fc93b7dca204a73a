import type { Bounds, Diagram, DiagramEdge, DiagramElement, DiagramShape, Point } from './diagram.ts';
import { escapeXml, wrap } from './svg-text.ts';

export type Mark = 'done' | 'here' | 'skipped' | 'incident' | DiffMark;
/** Of a comparison: what a later version adds, changes, takes away. */
export type DiffMark = 'added' | 'changed' | 'removed';
const DIFF_SIGNS: Partial<Record<Mark, string>> = { added: '＋ 增', changed: '～ 改', removed: '－ 删' };

/**
 * Draws a diagram as SVG from its own coordinates: for print, for pages without JavaScript, for history.
 * Looks come from classes of the site's stylesheet; nothing is styled inline. The textual path beside it is the real control, so the picture is hidden from screen readers.
 */
export function renderSvg(
  diagram: Diagram,
  marks: ReadonlyMap<string, Mark> = new Map(),
  taken: ReadonlySet<string> = new Set(),
  options: {
    id?: string;
    linkOf?: (elementId: string) => string | undefined;
    counts?: ReadonlyMap<string, number>;
  } = {},
): string {
  const box = extent(diagram);
  const arrow = `bpmn-arrow${options.id ? `-${options.id}` : ''}`;
  const elements = new Map(diagram.elements.map((element) => [element.id, element]));
  const shapes = diagram.shapes.map((shape) => {
    const drawn = drawShape(
      shape,
      elements.get(shape.elementId),
      marks.get(shape.elementId),
      options.counts?.get(shape.elementId),
    );
    const link = options.linkOf?.(shape.elementId);
    // The textual path is what a keyboard walks; the picture only follows the mouse.
    return link && !isContainer(shape) ? `<a href="${escapeXml(link)}" tabindex="-1">${drawn}</a>` : drawn;
  });
  const edges = diagram.edges.map((edge) =>
    drawEdge(edge, taken.has(edge.elementId), arrow, marks.get(edge.elementId)),
  );
  return `<svg class="bpmn" xmlns="http://www.w3.org/2000/svg" viewBox="${box.x} ${box.y} ${box.width} ${box.height}" width="${box.width}" height="${box.height}" aria-hidden="true" focusable="false"><defs><marker id="${arrow}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="12" markerHeight="12" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="bpmn-head" d="M0 0 10 5 0 10z"/></marker></defs>${containersFirst(diagram, shapes)}${edges.join('')}${diagram.shapes.map((shape, index) => (isContainer(shape) ? '' : shapes[index])).join('')}</svg>`;
}

const isContainer = (shape: DiagramShape) => shape.expanded || shape.type === 'participant' || shape.type === 'lane';
const containersFirst = (diagram: Diagram, drawn: string[]) =>
  diagram.shapes.map((shape, index) => (isContainer(shape) ? drawn[index] : '')).join('');

function extent(diagram: Diagram): Bounds {
  const boxes: Bounds[] = diagram.shapes.flatMap((shape) =>
    shape.label ? [shape.bounds, shape.label] : [shape.bounds],
  );
  for (const edge of diagram.edges) boxes.push(...edge.waypoints.map((point) => ({ ...point, width: 0, height: 0 })));
  const left = Math.min(...boxes.map((box) => box.x)) - 20;
  const top = Math.min(...boxes.map((box) => box.y)) - 20;
  const right = Math.max(...boxes.map((box) => box.x + box.width)) + 20;
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + 40;
  return { x: Math.floor(left), y: Math.floor(top), width: Math.ceil(right - left), height: Math.ceil(bottom - top) };
}

function drawShape(
  shape: DiagramShape,
  element: DiagramElement | undefined,
  mark: Mark | undefined,
  count: number | undefined,
): string {
  const { x, y, width, height } = shape.bounds;
  const classes = `bpmn-shape bpmn-${shape.type}${mark ? ` is-${mark}` : ''}`;
  const name = element?.named ? element.name : shape.name;
  const body = shape.type.endsWith('Event')
    ? drawEvent(shape.bounds, element)
    : shape.type.endsWith('Gateway')
      ? drawGateway(shape.bounds, shape.type)
      : shape.type === 'textAnnotation'
        ? `<path d="M${x + 20} ${y}H${x}V${y + height}H${x + 20}"/>`
        : `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${shape.type === 'participant' || shape.type === 'lane' ? 0 : 8}"${element?.triggeredByEvent ? ' stroke-dasharray="4 3"' : ''}/>${shape.type === 'callActivity' ? `<rect x="${x + 2.5}" y="${y + 2.5}" width="${width - 5}" height="${height - 5}" rx="6"/>` : ''}`;
  const inside = !shape.type.endsWith('Event') && !shape.type.endsWith('Gateway');
  const text = !name ? '' : inside ? innerText(name, shape) : outerText(name, shape.label, shape.bounds);
  return `<g class="${classes}">${body}${icon(shape)}${text}${markSign(shape.bounds, mark, count)}</g>`;
}

function drawEvent({ x, y, width }: Bounds, element: DiagramElement | undefined): string {
  const r = width / 2;
  const [cx, cy] = [x + r, y + r];
  const dashed = element?.interrupting === false ? ' stroke-dasharray="4 3"' : '';
  const double = element && (element.type === 'boundaryEvent' || element.type.startsWith('intermediate'));
  const sign: Record<string, string> = {
    message: `<path d="M${cx - 8} ${cy - 5}h16v11h-16zM${cx - 8} ${cy - 5}l8 6 8-6"/>`,
    timer: `<circle cx="${cx}" cy="${cy}" r="8"/><path d="M${cx} ${cy - 5}v5h4"/>`,
    error: `<path d="M${cx - 7} ${cy + 6}l4-12 6 8 4-8"/>`,
    signal: `<path d="M${cx} ${cy - 8}l8 13h-16z"/>`,
    escalation: `<path d="M${cx} ${cy - 8}l6 14-6-6-6 6z"/>`,
    terminate: `<circle class="bpmn-solid" cx="${cx}" cy="${cy}" r="${r * 0.6}"/>`,
  };
  return `<circle cx="${cx}" cy="${cy}" r="${r}"${dashed}/>${double ? `<circle cx="${cx}" cy="${cy}" r="${r - 3}"${dashed}/>` : ''}${sign[element?.event ?? ''] ?? ''}`;
}

function drawGateway({ x, y, width, height }: Bounds, type: string): string {
  const [cx, cy] = [x + width / 2, y + height / 2];
  const sign: Record<string, string> = {
    exclusiveGateway: `<path d="M${cx - 7} ${cy - 8}l14 16M${cx + 7} ${cy - 8}l-14 16"/>`,
    parallelGateway: `<path d="M${cx} ${cy - 11}v22M${cx - 11} ${cy}h22"/>`,
    inclusiveGateway: `<circle cx="${cx}" cy="${cy}" r="10"/>`,
    eventBasedGateway: `<circle cx="${cx}" cy="${cy}" r="12"/><path d="M${cx} ${cy - 7}l7 5-3 8h-8l-3-8z"/>`,
  };
  return `<path d="M${cx} ${y}L${x + width} ${cy} ${cx} ${y + height} ${x} ${cy}z"/>${sign[type] ?? ''}`;
}

/** A small sign in the corner says what kind of task it is. */
function icon(shape: DiagramShape): string {
  const [x, y] = [shape.bounds.x + 8, shape.bounds.y + 8];
  const signs: Record<string, string> = {
    userTask: `<circle cx="${x + 6}" cy="${y + 4}" r="3"/><path d="M${x} ${y + 14}c0-8 12-8 12 0z"/>`,
    serviceTask: `<circle cx="${x + 6}" cy="${y + 6}" r="5"/><circle cx="${x + 6}" cy="${y + 6}" r="2"/>`,
    businessRuleTask: `<path d="M${x} ${y}h14v11h-14zM${x} ${y + 4}h14M${x + 5} ${y + 4}v7"/>`,
    scriptTask: `<path d="M${x} ${y}h10v12h-10zM${x + 2} ${y + 4}h6M${x + 2} ${y + 8}h6"/>`,
    sendTask: `<path d="M${x} ${y}h14v10h-14zM${x} ${y}l7 5 7-5"/>`,
    receiveTask: `<path d="M${x} ${y}h14v10h-14zM${x} ${y}l7 5 7-5"/>`,
  };
  return signs[shape.type] ? `<g class="bpmn-icon">${signs[shape.type]}</g>` : '';
}

const FONT = 13;

function innerText(name: string, shape: DiagramShape): string {
  const { x, y, width, height } = shape.bounds;
  if (shape.expanded) return `<text x="${x + 12}" y="${y + 20}">${escapeXml(name)}</text>`;
  const lines = wrap(name, (width - 16) / FONT, Math.max(1, Math.floor((height - 10) / 17)));
  return textLines(lines, x + width / 2, y + height / 2 - ((lines.length - 1) * 17) / 2 + 5);
}

function outerText(name: string, label: Bounds | undefined, bounds: Bounds): string {
  const lines = wrap(name, label ? Math.max(label.width, 78) / FONT : 7, 3);
  const cx = label ? label.x + label.width / 2 : bounds.x + bounds.width / 2;
  const top = label ? label.y + 12 : bounds.y + bounds.height + 16;
  return textLines(lines, cx, top);
}

const textLines = (lines: string[], x: number, y: number): string =>
  `<text text-anchor="middle">${lines.map((line, index) => `<tspan x="${round(x)}" y="${round(y + index * 17)}">${escapeXml(line)}</tspan>`).join('')}</text>`;

/** A sign at the corner; where many instances are shown at once, how many stand there. */
function markSign({ x, y, width }: Bounds, mark: Mark | undefined, count: number | undefined): string {
  const [cx, cy] = [x + width, y];
  if (count !== undefined) {
    const text = `${mark === 'incident' ? '× ' : ''}${count} 件`;
    const wide = 14 + 9 * [...text].length;
    return `<g class="bpmn-mark"><rect x="${cx - wide + 10}" y="${cy - 11}" width="${wide}" height="20" rx="${mark === 'incident' ? 0 : 10}"/><text text-anchor="middle" x="${cx - wide / 2 + 10}" y="${cy + 4}">${text}</text></g>`;
  }
  if (mark === 'done')
    return `<g class="bpmn-mark"><circle cx="${cx}" cy="${cy}" r="9"/><path d="M${cx - 4} ${cy}l3 3 5-6"/></g>`;
  if (mark === 'incident')
    return `<g class="bpmn-mark"><rect x="${cx - 9}" y="${cy - 9}" width="18" height="18"/><path d="M${cx - 4} ${cy - 4}l8 8M${cx + 4} ${cy - 4}l-8 8"/></g>`;
  if (mark === 'here')
    return `<g class="bpmn-mark"><rect x="${cx - 30}" y="${cy - 11}" width="40" height="20" rx="10"/><text text-anchor="middle" x="${cx - 10}" y="${cy + 4}">当前</text></g>`;
  return diffSign(cx - 10, cy, mark);
}

/** Sign and word, so that a comparison reads without colour. */
function diffSign(cx: number, cy: number, mark: Mark | undefined): string {
  const sign = mark && DIFF_SIGNS[mark];
  if (!sign) return '';
  return `<g class="bpmn-mark"><rect x="${round(cx - 22)}" y="${round(cy - 11)}" width="44" height="20" rx="3"/><text text-anchor="middle" x="${round(cx)}" y="${round(cy + 4)}">${sign}</text></g>`;
}

function drawEdge(edge: DiagramEdge, taken: boolean, arrow: string, mark: Mark | undefined): string {
  const points = edge.waypoints.map((point) => `${round(point.x)},${round(point.y)}`).join(' ');
  const label = edge.name
    ? outerText(edge.name, edge.label ?? labelAt(edge.waypoints), { x: 0, y: 0, width: 0, height: 0 })
    : '';
  const at = labelAt(edge.waypoints);
  const sign = diffSign(at.x + 30, at.y + 18, mark);
  return `<g class="bpmn-edge bpmn-${edge.type}${taken ? ' is-taken' : ''}${mark ? ` is-${mark}` : ''}"><polyline points="${points}"${edge.type === 'sequenceFlow' ? ` marker-end="url(#${arrow})"` : ' stroke-dasharray="3 4"'}/>${label}${sign}</g>`;
}

function labelAt(points: Point[]): Bounds {
  const middle = Math.max(1, Math.floor(points.length / 2));
  const [a, b] = [points[middle - 1]!, points[middle]!];
  return { x: (a.x + b.x) / 2 - 30, y: (a.y + b.y) / 2 - 18, width: 60, height: 14 };
}

const round = (value: number): number => Math.round(value * 10) / 10;
