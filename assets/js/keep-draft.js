/** Keeps the draft of a design while somebody types, 5 seconds after the last key; “保存草稿” does the same by hand. */
import { keptAt, whenIdle } from './idle-draft.js';

export default (form) => {
  const line = form.querySelector('[data-draft-line]');
  const read = () => new URLSearchParams([...new FormData(form)]);
  const content = () => {
    const all = read();
    for (const own of ['revision', 'was', '_csrf']) all.delete(own);
    return String(all);
  };
  // A page that came back with something typed and not kept has it still to keep.
  let kept = form.dataset.keepDirty === undefined ? content() : '';
  let last = '';
  let failed = false;
  let sending;

  /** Other forms of the page, and what it says of the draft, go on from what was kept. */
  const goOn = async ({ revision, set = {} }) => {
    for (const input of document.querySelectorAll('input[name="revision"]')) input.value = revision;
    for (const [name, value] of Object.entries(set)) form.elements[name].value = value;
    const { keepFrom, keepParts = '' } = form.dataset;
    if (!keepFrom) return;
    const answer = await fetch(keepFrom, { headers: { accept: 'text/html' } }).catch(() => undefined);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of keepParts.split(' ')) {
      const [now, next] = [document.getElementById(id), page.getElementById(id)];
      // What somebody is reading or has the focus in is not drawn anew under them.
      if (now && next && !now.contains(document.activeElement)) now.replaceWith(next);
    }
  };

  const send = async () => {
    const now = content();
    if (now === kept) {
      // What was wrong has been taken back.
      failed = false;
      line.textContent = last;
      return;
    }
    const body = read();
    body.set('act', 'autosave');
    const answer = await fetch(form.action, {
      method: 'POST',
      body,
      headers: { accept: 'application/json' },
      keepalive: true,
    }).catch(() => undefined);
    const said = (await answer?.json().catch(() => undefined)) ?? {};
    failed = !answer?.ok;
    if (answer?.ok) {
      kept = now;
      last = `${keptAt(said.savedAt)}。`;
      line.textContent = last;
      await goOn(said);
    } else if (answer?.status === 422) line.textContent = `还没有自动保存：${said.why ?? said.detail}`;
    else if (answer?.status === 409) line.textContent = '草稿刚刚被别人改过，没有自动保存。请点“保存草稿”看变化。';
    else line.textContent = '没有自动保存成功，内容还在页面上。请点“保存草稿”。';
  };
  const keep = async () => {
    forget();
    // One after another: the next goes on from the revision of the one before.
    sending = (sending ?? Promise.resolve()).then(send);
    await sending;
  };
  const { soon, forget } = whenIdle(form, keep);
  if (kept === '') soon();
  let leaving = false;
  form.addEventListener('submit', () => {
    leaving = true;
    forget();
  });
  // Whoever goes elsewhere within the five seconds leaves nothing unsaved behind.
  document.addEventListener('click', (event) => {
    if (event.target.closest?.('a[href]')) keep();
  });
  window.addEventListener('pagehide', () => {
    if (!leaving) keep();
  });
  window.addEventListener('beforeunload', (event) => {
    if (failed && !leaving && content() !== kept) event.preventDefault();
  });
};
