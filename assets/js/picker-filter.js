/** A box above a list of radios or checkboxes that leaves only what matches: characters, full pinyin or first letters (`data-pinyin="shuizhenggu szg"` on each choice). */
export default (group) => {
  const choices = [...group.querySelectorAll('.choice')];
  if (choices.length < 8) return;
  const label = document.createElement('label');
  label.className = 'field__hint';
  label.textContent = '输入汉字、全拼或首字母，缩小下面的列表 ';
  const box = document.createElement('input');
  box.className = 'input input--short';
  box.type = 'search';
  box.autocomplete = 'off';
  const found = document.createElement('span');
  found.className = 'visually-hidden';
  found.setAttribute('aria-live', 'polite');
  label.append(box);
  group.querySelector('.choice').before(label, found);
  const words = choices.map((choice) => `${choice.textContent} ${choice.dataset.pinyin ?? ''}`.toLowerCase());
  box.addEventListener('input', () => {
    const wanted = box.value.trim().toLowerCase();
    let shown = 0;
    choices.forEach((choice, index) => {
      // What is chosen stays in sight.
      const stays = words[index].includes(wanted) || choice.querySelector('input')?.checked;
      choice.hidden = !stays;
      if (stays) shown += 1;
    });
    found.textContent = wanted ? `找到 ${shown} 项` : '';
  });
  // Enter chooses the first match instead of sending the form.
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    choices
      .find((choice) => !choice.hidden)
      ?.querySelector('input')
      ?.focus();
  });
};
