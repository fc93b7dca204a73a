/** Puts a known answer or a common phrase where the caret is; ticks the checklist while writing. */
const put = (field, text) => {
  const from = field.selectionStart ?? field.value.length;
  field.setRangeText(text, from, field.selectionEnd ?? from, 'end');
  field.focus();
  field.dispatchEvent(new Event('input', { bubbles: true }));
};

for (const button of document.querySelectorAll('[data-insert]')) {
  const field = document.getElementById(button.dataset.into);
  const source = document.getElementById(button.dataset.insert);
  if (!field || !source) continue;
  button.hidden = false;
  button.addEventListener('click', () => put(field, source.textContent));
}

for (const group of document.querySelectorAll('[data-phrases]')) {
  const field = document.getElementById(group.dataset.phrases);
  if (!field) continue;
  group.hidden = false;
  for (const button of group.querySelectorAll('button'))
    button.addEventListener('click', () => {
      field.select();
      put(field, button.textContent);
    });
}

for (const list of document.querySelectorAll('[data-checks]')) {
  const items = [...list.children].map((item) => ({
    item,
    field: document.getElementById(`f-${item.dataset.checkField}`),
  }));
  const look = () => {
    for (const { item, field } of items) {
      const text = field?.value.trim() ?? '';
      const least = Number(item.dataset.checkLeast ?? 1);
      const like = item.dataset.checkLike;
      const met = [...text].length >= least && (!like || new RegExp(like).test(text));
      item.classList.toggle('is-met', met);
      item.dataset.met = met ? '✓' : '';
    }
  };
  document.addEventListener('input', look);
  look();
}
