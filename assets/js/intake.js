/** Saves time at registration: the rail answers while one types, drafts save themselves, keys for the usual steps. Deleting it costs speed, never function. */
const form = document.querySelector('[data-intake]');
const print = document.querySelector('[data-print]');
if (print) {
  print.hidden = false;
  print.addEventListener('click', () => window.print());
}

if (form) {
  const rail = form.querySelector('[data-rail]');
  const spoken = form.querySelector('[data-rail-summary]');
  const saved = form.querySelector('[data-saved]');
  const field = (name) => form.elements.namedItem(name);
  // Files go with the form itself, never with what is asked or saved in between.
  const typed = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === 'string'));
  const send = (path, action) => {
    const body = typed();
    if (action) body.set('_action', action);
    return fetch(path, { method: 'POST', body, headers: { 'X-Requested-With': 'fetch' } });
  };

  let asked = '';
  let turn = 0;
  const refresh = async (decision) => {
    const now = typed().toString();
    if (!decision && now === asked) return;
    asked = now;
    turn += 1;
    const mine = turn;
    const answer = await send('/demands/new/rail', decision).catch(() => null);
    // An older answer never overwrites a newer one, and a failed one leaves the rail as it is.
    if (!answer?.ok || answer.redirected || mine !== turn) return;
    const open = [...rail.querySelectorAll('details[open] > summary')].map((summary) => summary.textContent);
    const focused = rail.contains(document.activeElement)
      ? document.activeElement.value || document.activeElement.id
      : null;
    rail.innerHTML = (await answer.text()).replaceAll(' autofocus', '');
    for (const summary of rail.querySelectorAll('summary'))
      if (open.includes(summary.textContent)) summary.parentElement.open = true;
    if (focused) {
      const again = [...rail.querySelectorAll('button, select, input')].find(
        (item) => item.value === focused || item.id === focused,
      );
      (again ?? rail.querySelector('button, summary, a'))?.focus();
    }
    const sentence = rail.querySelector('[data-summary]')?.dataset.summary ?? '';
    if (spoken.textContent !== sentence) spoken.textContent = sentence;
    asked = typed().toString();
  };

  form.addEventListener('focusout', () => setTimeout(refresh, 0));
  form.addEventListener('change', (event) => {
    if (['radio', 'checkbox', 'select-one'].includes(event.target.type)) refresh();
  });
  form.addEventListener('click', (event) => {
    const button = event.target.closest('button[name=_action]');
    if (!button || !rail.contains(button)) return;
    event.preventDefault();
    event.stopPropagation();
    const [verb, what] = button.value.split(/:(.*)/s);
    if (verb === 'tag') {
      const tag = [...form.querySelectorAll('[name=tags]')].find((box) => box.value === what);
      if (tag) tag.click();
      return;
    }
    if (verb === 'answer') return insertAnswer(button);
    refresh(button.value);
  });

  const insertAnswer = (button) => {
    const text = button.closest('.twin').querySelector('[data-answer]').textContent;
    if (!form.querySelector('[name=intakeChoice]:checked')) form.querySelector('[value=ON_THE_SPOT]').click();
    const area = field('answerContent');
    area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
    if (!field('answerBasis').value) field('answerBasis').value = button.dataset.answerBasis;
    area.dispatchEvent(new Event('input', { bubbles: true }));
    area.focus();
  };

  let timer;
  let dirty = false;
  const save = async () => {
    clearTimeout(timer);
    if (!dirty || form.dataset.sent) return;
    dirty = false;
    const answer = await send('/demands/new/draft').catch(() => null);
    if (answer?.ok && !answer.redirected) saved.textContent = (await answer.json()).message;
    else {
      dirty = true;
      saved.textContent = '草稿没有保存成功，请点“存草稿”重试。';
    }
  };
  form.addEventListener('input', () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, 5000);
  });
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && save());

  if (form.dataset.shortcuts !== 'off')
    document.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      const press = (selector) => {
        const button = form.querySelector(selector);
        if (!button) return;
        event.preventDefault();
        button.click();
      };
      if (event.key === 'F8') press('[data-adopt]');
      if (event.key === 'F9') press('[name=intakeChoice][value=ON_THE_SPOT]');
      if (event.key === 'F9') field('answerContent').focus();
      if (event.key === 'Enter' && event.ctrlKey) press('button[value=register]:not(.visually-hidden)');
    });
}
