/**
 * A box before a long list (a select, or choices) that leaves only what matches: characters, or the first letters of their pinyin
 * (`szg` finds 税政股). Letters come from the browser's own Chinese sort order, so no dictionary is needed.
 */
const LETTERS = 'abcdefghjklmnopqrstwxyz';
const FIRST = '阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀';
const order = new Intl.Collator('zh-CN-u-co-pinyin');

const initials = (text) =>
  [...text]
    .map((character) => {
      if (!/\p{Script=Han}/u.test(character)) return character.toLowerCase();
      let at = FIRST.length - 1;
      while (at > 0 && order.compare(character, FIRST[at]) < 0) at -= 1;
      return LETTERS[at];
    })
    .join('');

export default (list) => {
  const isSelect = list.tagName === 'SELECT';
  const items = isSelect ? [...list.options].filter((option) => option.value) : [...list.querySelectorAll('.choice')];
  if (items.length < 10) return;
  const words = items.map((item) => `${item.textContent.trim().toLowerCase()} ${initials(item.textContent.trim())}`);
  const blank = isSelect ? [...list.options].find((option) => !option.value) : undefined;
  const name = (isSelect ? list.labels[0] : list.querySelector('legend'))?.textContent.replace('*', '').trim() ?? '';
  const box = document.createElement('input');
  box.className = 'input input--short picker-filter';
  box.type = 'search';
  box.autocomplete = 'off';
  box.placeholder = '筛选：汉字或首字母';
  box.setAttribute('aria-label', `筛选${name}`);
  const found = document.createElement('span');
  found.className = 'visually-hidden';
  found.setAttribute('aria-live', 'polite');
  const first = isSelect ? list : items[0];
  first.before(box, found);
  const chosen = (item) => (isSelect ? item.selected : item.querySelector('input')?.checked);
  box.addEventListener('input', () => {
    const wanted = box.value.trim().toLowerCase();
    // What is chosen stays in sight.
    const shown = items.filter((item, index) => words[index].includes(wanted) || chosen(item));
    if (isSelect) list.replaceChildren(...(blank ? [blank] : []), ...shown);
    else for (const item of items) item.hidden = !shown.includes(item);
    found.textContent = wanted ? `找到 ${shown.length} 项` : '';
  });
  // Enter goes to what was found instead of sending the form.
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    const hit = items.find((_item, index) => words[index].includes(box.value.trim().toLowerCase()));
    if (isSelect && hit && box.value.trim()) {
      list.value = hit.value;
      list.dispatchEvent(new Event('change', { bubbles: true }));
      list.focus();
    } else hit?.querySelector('input')?.focus();
  });
};
