/**
 * P22: the canvas. Everything it does goes through the same addresses that people without JavaScript use: keep, check, templates.
 * The modeler itself is a script of its vendor; this file ties it to the house.
 */

import { insertion, menus } from './designer-menus.js';
import { housePanel } from './designer-panel.js';
import { extraWords } from './designer-words.js';
import { styleByScript } from './style-by-script.js';

const CHECK_MS = 1000;
const SAVE_MS = 2500;
const NARROW = '(max-width: 900px)';
const root = document.querySelector('[data-design]');
const part = (name) => document.querySelector(`[data-design-${name}]`);
const state = part('state');
const form = part('form');
const say = (text, bad = false) => {
  state.textContent = text;
  state.classList.toggle('wrong', bad);
};

const post = async (path, body) => {
  const answer = await fetch(`/processes/${root.dataset.id}/${path}`, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-CSRF-Token': form._csrf.value },
    body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(said.detail ?? '连不上服务器'), { status: answer.status });
  return said;
};

async function start() {
  styleByScript();
  const [{ default: chinese }, known] = await Promise.all([
    import(root.dataset.words),
    fetch(`/processes/${root.dataset.id}/templates.json`, { headers: { Accept: 'application/json' } }).then((answer) =>
      answer.json(),
    ),
  ]);
  const all = { ...chinese, ...extraWords };
  const translate = (text, values = {}) =>
    (all[text] ?? text).replace(/{([^}]+)}/g, (_, name) => values[name] ?? `{${name}}`);
  root.hidden = false;
  document.querySelector('.design__fallback').classList.add('is-replaced');
  const modeler = new window.BpmnModeler({
    container: part('canvas'),
    propertiesPanel: { parent: part('properties') },
    // A draft keeps its coordinates: saving moves nothing.
    alignToOrigin: { alignOnSave: false },
    additionalModules: [{ translate: ['value', translate] }],
  });
  await modeler.importXML(part('xml').value.replace(/^\n/, ''));
  // Our templates bind what the house's tasks carry (formKey, candidateGroups): they are set without the vendor's form check.
  modeler.get('elementTemplates').set(known.templates);
  showAll(modeler, { readable: true });
  zooming(modeler);
  menus(modeler, translate);
  const inserting = insertion(
    modeler,
    known.templates.find((template) => template.id === 'suying.user-task'),
  );
  const words = { ...known.words, newForm: `/processes/${root.dataset.id}/forms/new` };
  housePanel(modeler, words, part('house'), inserting);
  const findings = checking(modeler);
  const keep = saving(modeler);
  keyboard(modeler);
  leaving(keep);
  findings.run();
}

const READABLE = 0.65;
const BESIDE_TOOLS = 130;

/** The whole diagram where it can be read; of a large one the beginning. */
function showAll(modeler, { readable }) {
  const canvas = modeler.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  const tools = canvas.getContainer().querySelector('.djs-palette')?.clientWidth ?? 0;
  if (!readable || canvas.zoom() >= READABLE) return canvas.scroll({ dx: tools / 2, dy: 0 });
  const shapes = modeler.get('elementRegistry').filter((element) => element.parent && !element.waypoints);
  const first = shapes.find((shape) => shape.type === 'bpmn:StartEvent' && shape.parent === canvas.getRootElement());
  const { width, height } = canvas.viewbox().outer;
  const left = Math.min(...shapes.map((shape) => shape.x));
  const middle = (first ?? shapes[0]).y + 18;
  canvas.viewbox({
    x: left - BESIDE_TOOLS / READABLE,
    y: middle - height / READABLE / 2,
    width: width / READABLE,
    height: height / READABLE,
  });
}

function zooming(modeler) {
  const steps = { in: 1, out: -1 };
  for (const button of document.querySelectorAll('[data-design-zoom]'))
    button.addEventListener('click', () => {
      const way = steps[button.dataset.designZoom];
      if (way) modeler.get('zoomScroll').stepZoom(way);
      else showAll(modeler, { readable: false });
    });
}

/** Saves what was changed: by itself a moment after, by hand at once, never over somebody else's. */
function saving(modeler) {
  let revision = Number(root.dataset.revision);
  let dirty = false;
  let sending;
  let timer;
  const save = async () => {
    clearTimeout(timer);
    if (sending) {
      await sending;
      return save();
    }
    if (!dirty) return true;
    dirty = false;
    say('正在保存');
    sending = modeler
      .saveXML({ format: true })
      .then(({ xml }) => post('draft/keep', { xml, revision }))
      .then(
        (kept) => {
          revision = kept.revision;
          form.revision.value = revision;
          say(dirty ? '有修改还没有保存' : `已保存 ${kept.at}`);
          return true;
        },
        (error) => {
          dirty = true;
          say(`没有保存：${error.message}`, true);
          if (error.status === 409) offerBoth();
          else timer = setTimeout(save, SAVE_MS * 4);
          return false;
        },
      )
      .finally(() => {
        sending = undefined;
      });
    return sending;
  };
  const offerBoth = () => {
    const button = Object.assign(document.createElement('button'), {
      type: 'button',
      className: 'button',
      textContent: '对照两份',
    });
    button.addEventListener('click', async () => {
      part('xml').value = (await modeler.saveXML({ format: true })).xml;
      dirty = false;
      form.submit();
    });
    state.append(' ', button);
  };
  modeler.get('eventBus').on('commandStack.changed', ({ trigger }) => {
    if (trigger === 'clear') return;
    dirty = true;
    say('有修改还没有保存');
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_MS);
  });
  const button = part('save');
  button.hidden = false;
  button.addEventListener('click', async () => {
    if (!dirty) say(`${state.textContent.replace(/。?没有新的修改。?$/, '')}。没有新的修改。`);
    await save();
  });
  window.addEventListener('beforeunload', (event) => {
    if (dirty) event.preventDefault();
  });
  return save;
}

/** Asks the server what is wrong, a second after the last change, and shows it: as a list and on the elements. */
function checking(modeler) {
  const list = part('findings');
  const count = part('count');
  const canvas = modeler.get('canvas');
  const overlays = modeler.get('overlays');
  const registry = modeler.get('elementRegistry');
  let marked = [];
  let timer;
  let asked = 0;

  const goTo = (id) => {
    const element = registry.get(id);
    if (!element) return;
    canvas.scrollToElement(element, 120);
    modeler.get('selection').select(element);
    canvas.focus();
  };
  const mark = (findings) => {
    overlays.remove({ type: 'finding' });
    // What has been deleted or undone meanwhile has taken its mark along.
    for (const id of marked.filter((one) => registry.get(one)))
      for (const name of ['is-wrong', 'is-doubtful']) canvas.removeMarker(id, name);
    marked = [...new Set(findings.map((finding) => finding.place))].filter((id) => registry.get(id));
    for (const id of marked) {
      const of = findings.filter((finding) => finding.place === id);
      const wrong = of.some((finding) => finding.severity === 'error');
      canvas.addMarker(id, wrong ? 'is-wrong' : 'is-doubtful');
      const badge = Object.assign(document.createElement('div'), {
        className: `design__mark${wrong ? ' design__mark--wrong' : ''}`,
        textContent: `${wrong ? '✗' : '!'}${of.length > 1 ? of.length : ''}`,
        title: of.map((finding) => finding.what).join('；'),
      });
      if (!registry.get(id).waypoints) overlays.add(id, 'finding', { position: { top: -10, left: -10 }, html: badge });
    }
  };
  const draw = (verdict) => {
    count.textContent =
      verdict.findings.length === 0
        ? `没有问题（${verdict.checkedAt}）`
        : `错误 ${verdict.errors}，警告 ${verdict.warnings}（${verdict.checkedAt}）`;
    list.replaceChildren(
      ...verdict.groups.flatMap((group) => {
        const items = group.findings.map((finding) => {
          const item = document.createElement('li');
          const badge = Object.assign(document.createElement('span'), {
            className: `badge ${finding.severity === 'error' ? 'badge--red' : 'badge--yellow'}`,
            textContent: finding.severity === 'error' ? '✗ 错误' : '! 警告',
          });
          const place = Object.assign(document.createElement('button'), {
            type: 'button',
            className: 'linkish',
            textContent: finding.name,
          });
          place.addEventListener('click', () => goTo(finding.place));
          const why = Object.assign(document.createElement('span'), {
            className: 'quiet',
            textContent: ` ${finding.why}。怎样改：${finding.mend}。`,
          });
          item.append(
            badge,
            ' ',
            registry.get(finding.place) ? place : finding.name,
            `：${finding.what.replace(/。$/, '')}。`,
            why,
          );
          return item;
        });
        const ul = Object.assign(document.createElement('ul'), { className: 'plain findings' });
        ul.append(...items);
        return [Object.assign(document.createElement('h3'), { textContent: group.title }), ul];
      }),
    );
    mark(verdict.findings);
  };
  const run = async () => {
    clearTimeout(timer);
    asked += 1;
    const mine = asked;
    count.textContent = '正在检查';
    try {
      const { xml } = await modeler.saveXML({ format: true });
      const verdict = await post('check', { xml });
      // A later question has a later answer.
      if (mine === asked) draw(verdict);
    } catch (error) {
      if (mine === asked) count.textContent = `没有检查成：${error.message}`;
    }
  };
  modeler.get('eventBus').on('commandStack.changed', () => {
    clearTimeout(timer);
    timer = setTimeout(run, CHECK_MS);
  });
  part('check').addEventListener('click', (event) => {
    event.preventDefault();
    run();
  });
  return { run };
}

/** Tab goes in and out of the canvas; Escape, when nothing is under way, leaves it to the panel. */
function keyboard(modeler) {
  const svg = part('canvas').querySelector('svg');
  svg.setAttribute('aria-label', '画布');
  svg.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const busy =
      modeler.get('dragging').context() || modeler.get('popupMenu').isOpen() || modeler.get('directEditing').isActive();
    if (!busy) part('panel').focus();
  });
}

/** Whoever leaves for a form, a try or a release takes the last change along. */
function leaving(save) {
  const leave = (kind, go) =>
    document.addEventListener(kind, async (event) => {
      const way = event.target.closest('[data-design-leave]');
      if (!way || (way.tagName === 'FORM') !== (kind === 'submit')) return;
      event.preventDefault();
      if (await save()) go(way);
    });
  leave('click', (link) => window.location.assign(link.href));
  leave('submit', (form) => form.submit());
}

if (!window.matchMedia(NARROW).matches)
  start().catch((error) => {
    root.hidden = true;
    document.querySelector('.design__fallback').classList.remove('is-replaced');
    say(`设计器没有打开：${error.message}。可以先用节点表。`, true);
  });
