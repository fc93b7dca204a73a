/** Keeps the draft of a design while somebody types, 5 seconds after the last key; “保存草稿” does the same by hand. */
const IDLE_MS = 5000;
const TIME = new Intl.DateTimeFormat('zh-CN', {
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
  timeZone: 'Asia/Shanghai',
});

export default (form) => {
  const line = form.querySelector('[data-draft-line]');
  const read = () => new URLSearchParams([...new FormData(form)]);
  const content = () => read().get('content');
  let kept = content();
  let timer;
  const keep = async () => {
    const now = content();
    if (now === kept) return;
    const body = read();
    body.set('act', 'autosave');
    const answer = await fetch(form.action, { method: 'POST', body, headers: { accept: 'application/json' } }).catch(
      () => undefined,
    );
    if (answer?.ok) {
      const { revision, savedAt } = await answer.json();
      form.elements.revision.value = revision;
      kept = now;
      line.textContent = `草稿已于 ${TIME.format(new Date(savedAt))} 保存。`;
    } else if (answer?.status === 422) line.textContent = 'JSON 还不完整，没有自动保存。';
    else if (answer?.status === 409) line.textContent = '草稿刚刚被别人改过，没有自动保存。请点“保存草稿”看变化。';
    else line.textContent = '没有自动保存成功，内容还在页面上。请点“保存草稿”。';
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(keep, IDLE_MS);
  });
  form.addEventListener('submit', () => clearTimeout(timer));
};
