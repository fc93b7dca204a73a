/** Saves the draft of a task's form by itself: 5 seconds after the last key, when a field is left, when the tab is hidden. “存草稿” does the same by hand. */
import { keptAt, whenIdle } from './idle-draft.js';

const OURS = ['_csrf', '_once', '_seen', '_revision', '_action'];

for (const form of document.querySelectorAll('form[data-autosave]')) {
  const line = document.querySelector('[data-draft-line]');
  const read = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === 'string'));
  const ours = (name) => OURS.includes(name) || name.startsWith('attempt');
  const content = () => String(new URLSearchParams([...read()].filter(([name]) => !ours(name))));
  let saved = content();
  let failed = false;
  let sending = false;
  const save = async () => {
    forget();
    const now = content();
    if (now === saved || sending || form.dataset.sent) return;
    const body = read();
    body.set('_action', 'autosave');
    sending = true;
    try {
      const answer = await fetch(form.action, { method: 'POST', body, keepalive: true, redirect: 'error' });
      if (!answer.ok) throw new Error(String(answer.status));
      saved = now;
      failed = false;
      if (line) line.textContent = `${keptAt((await answer.json()).savedAt)}，只有你能看到。`;
    } catch {
      failed = true;
      if (line) line.textContent = '草稿没有自动保存成功。内容还在页面上，请点“存草稿”或直接提交。';
    } finally {
      sending = false;
    }
  };
  const { forget } = whenIdle(form, save);
  form.addEventListener('change', save);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') save();
  });
  window.addEventListener('beforeunload', (event) => {
    if (failed && !form.dataset.sent && content() !== saved) event.preventDefault();
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !event.ctrlKey) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector('.button--filled'));
  });
}
