/**
 * Menus of the canvas as people here use them: what the house has prepared stands first, looking for something works however the words
 * came in, and a menu never hangs out of the window. And one step is put behind another in one go, with room made for it.
 */

/** Steps somebody wants most; the programs stay in their category. */
const FIRST = ['suying.user-task', 'suying.rule-decision', 'suying.call-process'];
const LAST = 100;
const BEFORE_VENDOR = 5000;
const EDGE = 8;
/** Where words are typed to look for something: in a menu, in the diagram (Ctrl+F). */
const WORDS = '.djs-popup-search input, .djs-search-input input';

export function menus(modeler, translate) {
  const popup = modeler.get('popupMenu');
  for (const kind of ['append', 'create'])
    popup.registerProvider(`bpmn-${kind}`, LAST, {
      getPopupMenuEntries: () => (entries) => preparedFirst(entries, kind),
      getEmptyPlaceholder: () => translate('No matches found'),
    });
  popup.registerProvider('bpmn-replace', LAST, {
    getPopupMenuEntries: () => ({}),
    getEmptyPlaceholder: () => translate('No matches found'),
  });
  const container = modeler.get('canvas').getContainer();
  const menu = () => container.querySelector('.djs-popup');
  const said = document.createElement('p');
  Object.assign(said, { className: 'visually-hidden', role: 'status' });
  container.append(said);
  // The vendor's menu asks again on each key let go. Words from an input method, from dictation or the clipboard come without one.
  container.addEventListener('input', ({ target }) => {
    if (!target.matches(WORDS)) return;
    target.dispatchEvent(new KeyboardEvent('keyup', { bubbles: true }));
    requestAnimationFrame(() => {
      said.textContent = menu() && target.value.trim() ? `找到 ${menu().querySelectorAll('.entry').length} 项` : '';
    });
  });
  // Keys that choose a word of the input method choose nothing in the menu; the one let go last comes after the composition has ended.
  let composing = false;
  for (const kind of ['keydown', 'keyup'])
    container.addEventListener(
      kind,
      (event) => {
        if (!event.isTrusted || !event.target.matches(WORDS)) return;
        if (kind === 'keydown') composing = event.isComposing;
        if (composing) event.stopPropagation();
      },
      { capture: true },
    );
  const sizes = new ResizeObserver(([{ target }]) => withinWindow(target));
  modeler.on('popupMenu.opened', () => sizes.observe(menu()));
  modeler.on('popupMenu.closed', () => {
    sizes.disconnect();
    said.textContent = '';
  });
}

function preparedFirst(entries, kind) {
  const category = `${kind}-templates`;
  const inside = { ...entries[category]?.entries };
  const first = {};
  for (const id of FIRST.map((name) => `${kind}.template-${name}`)) {
    if (!inside[id]) continue;
    first[id] = { ...inside[id], group: { id: 'prepared', name: '配好的步骤' } };
    delete inside[id];
  }
  if (Object.keys(first).length === 0) return entries;
  return {
    ...first,
    [category]: { ...entries[category], label: '程序', entries: inside },
    ...without(entries, category),
  };
}

const without = (entries, id) => Object.fromEntries(Object.entries(entries).filter(([key]) => key !== id));

/** The vendor keeps a menu inside the document; of a page that is longer than the window the lower part cannot be reached. */
function withinWindow(menu) {
  const box = menu.getBoundingClientRect();
  const top = Math.max(EDGE, Math.min(box.top, window.innerHeight - box.height - EDGE));
  const left = Math.max(EDGE, Math.min(box.left, window.innerWidth - box.width - EDGE));
  if (top !== box.top) menu.style.top = `${top}px`;
  if (left !== box.left) menu.style.left = `${left}px`;
}

/** Room on each side of a step that is put into a line. */
const BESIDE = 50;

/** Puts a task for people behind a step, into the line that leaves it. One thing to the person, one thing to undo. */
export function insertion(modeler, template) {
  const [modeling, rules, spaceTool] = ['modeling', 'bpmnRules', 'spaceTool'].map((name) => modeler.get(name));
  const [templates, canvas, registry] = ['elementTemplates', 'canvas', 'elementRegistry'].map((name) =>
    modeler.get(name),
  );
  // Whatever is put on a line that is too short for it gets room; both are one thing to undo.
  modeler.on('commandStack.shape.create.preExecute', BEFORE_VENDOR, ({ context }) => {
    const { shape, parent: flow } = context;
    if (!flow?.waypoints || flow.type !== 'bpmn:SequenceFlow' || shape.labelTarget || !canDrop(shape, flow)) return;
    makeRoom(flow, shape);
    context.position = middle(longest(flow));
  });
  const canDrop = (shape, flow) => rules.canInsert(shape, flow);
  const makeRoom = (flow, { width, height }) => {
    const [from, to] = longest(flow);
    const axis = from.y === to.y ? 'x' : 'y';
    const missing = (axis === 'x' ? width : height) + 2 * BESIDE - (to[axis] - from[axis]);
    // A line that runs back is long enough as a rule; nothing is pushed to the left or up.
    if (to[axis] < from[axis] || missing <= 0) return;
    const start = Math.round((from[axis] + to[axis]) / 2);
    const root = canvas.findRoot(flow);
    const inside = registry.filter((element) => element.parent && canvas.findRoot(element) === root);
    const { movingShapes, resizingShapes } = spaceTool.calculateAdjustments([root, ...inside], axis, missing, start);
    const delta = { x: 0, y: 0, [axis]: missing };
    spaceTool.makeSpace(movingShapes, resizingShapes, delta, axis === 'x' ? 'e' : 's', start);
  };
  const can = (element) =>
    element?.outgoing?.length === 1 &&
    element.outgoing[0].type === 'bpmn:SequenceFlow' &&
    element.type !== 'bpmn:BoundaryEvent';
  const insert = (element) => {
    const [flow] = element.outgoing;
    const shape = modeling.createShape(templates.createElement(template), middle(longest(flow)), flow);
    modeler.get('selection').select(shape);
    canvas.scrollToElement(shape, BESIDE);
  };
  modeler.get('contextPad').registerProvider(LAST, {
    getContextPadEntries: (element) => (entries) =>
      can(element)
        ? {
            'insert-after': {
              group: 'model',
              className: 'bpmn-icon-user-task design__insert',
              title: INSERT,
              action: { click: (_event, target) => insert(target) },
            },
            ...entries,
          }
        : entries,
  });
  return { can, insert };
}

export const INSERT = '在后面插入人工任务';

/** The longest straight piece of a line. */
function longest({ waypoints }) {
  const length = ([from, to]) => Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
  const pieces = waypoints.slice(1).map((to, index) => [waypoints[index], to]);
  return pieces.reduce((best, piece) => (length(piece) > length(best) ? piece : best));
}

const middle = ([from, to]) => ({ x: Math.round((from.x + to.x) / 2), y: Math.round((from.y + to.y) / 2) });
