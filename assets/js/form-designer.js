/**
 * P23: the canvas. It sends what people without JavaScript send from the other views, to the same address.
 * The editor itself is a script of its vendor; this file ties it to the house.
 */

import { formWords } from './form-words.js';
import { styleByScript } from './style-by-script.js';

const SAVE_MS = 2000;
const root = document.querySelector('[data-form-design]');
const part = (name) => document.querySelector(`[data-form-${name}]`);
const state = part('state');
const form = part('form');
const say = (text, bad = false) => {
  state.textContent = text;
  state.classList.toggle('wrong', bad);
};

/** The vendor has no translations: its words are replaced where they appear. */
function speakChinese(container) {
  const translate = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const words = formWords[node.data.trim()];
      // What somebody has typed is nobody's to translate.
      if (words && !node.parentElement?.closest('.fjs-form, [contenteditable]')) node.data = words;
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    for (const name of ['title', 'placeholder', 'aria-label']) {
      const words = formWords[node.getAttribute(name)];
      if (words) node.setAttribute(name, words);
    }
    for (const child of node.childNodes) translate(child);
  };
  translate(container);
  new MutationObserver((records) => {
    for (const record of records) {
      if (record.type === 'characterData') translate(record.target);
      for (const node of record.addedNodes) translate(node);
    }
  }).observe(container, { childList: true, subtree: true, characterData: true });
}

async function start() {
  styleByScript();
  root.hidden = false;
  const editor = new window.FormEditor.FormEditor({ container: part('canvas') });
  try {
    await editor.importSchema(JSON.parse(part('content').value));
  } catch {
    root.hidden = true;
    return say('这份表单里有设计区画不出来的内容，没有改动它。请用字段表或 JSON。', true);
  }
  document.querySelector('.form-design__fallback').classList.add('is-replaced');
  speakChinese(part('canvas'));
  // A new field is called what it is until somebody names it; the vendor would call it so in English, for the people who fill it in, too.
  editor.get('eventBus').on('commandStack.formField.add.preExecute', ({ context: { formField } }) => {
    formField.label = formWords[formField.label] ?? formField.label;
  });
  saving(editor);
}

/** Saves what was changed: by itself a moment after, by hand at once, never over somebody else's. */
function saving(editor) {
  let revision = Number(root.dataset.revision);
  let dirty = false;
  let stopped = false;
  let sending = Promise.resolve();
  let timer;
  const send = async () => {
    if (!dirty || stopped) return;
    dirty = false;
    say('正在保存…');
    try {
      const answer = await fetch(form.getAttribute('action'), {
        method: 'POST',
        headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-CSRF-Token': form._csrf.value },
        body: JSON.stringify({ revision, content: `${JSON.stringify(editor.saveSchema(), null, 2)}\n` }),
      });
      const said = await answer.json().catch(() => ({}));
      if (answer.status === 409) stopped = true;
      if (!answer.ok) throw new Error(said.detail ?? '连不上服务器');
      revision = said.revision;
      say(`草稿已于 ${said.at} 保存`);
      showFindings(said.findings);
      for (const frame of document.querySelectorAll('[data-form-preview]'))
        frame.contentWindow.location.replace(frame.src);
    } catch (error) {
      dirty = true;
      say(`没有保存：${error.message}`, true);
    }
  };
  const save = () => {
    clearTimeout(timer);
    sending = sending.then(send);
    return sending;
  };
  editor.on('changed', () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_MS);
  });
  const button = document.querySelector('[data-form-save]');
  button.hidden = false;
  button.addEventListener('click', save);
  window.addEventListener('beforeunload', (event) => {
    if (dirty) event.preventDefault();
  });
  // Leaving by a link or a button of the page saves first.
  for (const leaving of document.querySelectorAll('.form-design__bar a, .form-design__bar form'))
    leaving.addEventListener(leaving.tagName === 'A' ? 'click' : 'submit', async (event) => {
      if (!dirty || stopped) return;
      event.preventDefault();
      await save();
      if (dirty) return;
      if (leaving.tagName === 'A') location.assign(leaving.href);
      else leaving.submit();
    });
}

function showFindings(findings) {
  const list = document.createElement('ul');
  list.className = 'plain';
  for (const { severity, message, line } of findings) {
    const item = document.createElement('li');
    const badge = document.createElement('span');
    badge.className = `badge ${severity === 'error' ? 'badge--red' : 'badge--yellow'}`;
    badge.textContent = severity === 'error' ? '✗ 错误' : '! 警告';
    item.append(badge, ` ${message} 第 ${line} 行`);
    list.append(item);
  }
  if (findings.length === 0) {
    const item = document.createElement('li');
    item.textContent = '✓ 没有问题';
    list.append(item);
  }
  part('findings').replaceChildren(list);
}

// Narrow windows have the table of fields; the vendor's canvas needs room.
if (window.FormEditor && matchMedia('(min-width: 901px)').matches) start();
