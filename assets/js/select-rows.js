/** Choosing many rows: all of a group at once, a range with Shift, and how many are chosen on the button. */
for (const form of document.querySelectorAll('form[data-select-rows]')) {
  const boxes = () => [...form.querySelectorAll('input[name=task]')];
  const count = form.querySelector('[data-selected-count]');
  const show = () => {
    const chosen = boxes().filter((box) => box.checked).length;
    if (count) count.textContent = chosen ? `（${chosen}）` : '';
  };
  let last;
  form.addEventListener('click', (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.name !== 'task') return;
    const all = boxes();
    if (event.shiftKey && last) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      for (const item of all.slice(from, to + 1)) item.checked = box.checked;
    }
    last = box;
  });
  for (const all of form.querySelectorAll('[data-select-all]')) {
    all.hidden = false;
    all.addEventListener('change', (event) => {
      for (const box of all.parentElement.querySelectorAll('input[name=task]')) box.checked = event.target.checked;
      show();
    });
  }
  form.addEventListener('change', show);
  show();
}
