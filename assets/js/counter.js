/** “还可以写 320 字”, announced at 50, 10 and 0; never cuts off (an input method may be composing). */
export default (area) => {
  const most = Number(area.dataset.count);
  if (!most) return;
  const counter = document.createElement('p');
  counter.className = 'field__count';
  const spoken = document.createElement('span');
  spoken.className = 'visually-hidden';
  spoken.setAttribute('aria-live', 'polite');
  area.after(counter, spoken);
  let told = Number.POSITIVE_INFINITY;
  const count = () => {
    const left = most - [...area.value].length;
    const text = left >= 0 ? `还可以写 ${left} 字` : `超出 ${-left} 字，请删减`;
    counter.textContent = text;
    counter.classList.toggle('wrong', left < 0);
    const step = [0, 10, 50].find((mark) => left <= mark) ?? Number.POSITIVE_INFINITY;
    if (step < told) spoken.textContent = text;
    told = step;
  };
  area.addEventListener('input', count);
  count();
};
