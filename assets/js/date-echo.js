/** Repeats a typed date in full while it is typed: “2026年11月23日 周一”. The server says whether it is a working day. */
const WEEK = '日一二三四五六';
const FORMS = [
  [/^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/, (m) => m.slice(1)],
  [/^(\d{4})(\d{2})(\d{2})$/, (m) => m.slice(1)],
  [/^(\d{1,2})[-/.月](\d{1,2})日?$/, (m) => [new Date().getFullYear(), ...m.slice(1)]],
  [/^(\d{2})(\d{2})$/, (m) => [new Date().getFullYear(), ...m.slice(1)]],
];

export const readDate = (text) => {
  for (const [form, parts] of FORMS) {
    const match = form.exec(text.trim().split(/\s/)[0].normalize('NFKC'));
    if (!match) continue;
    const [year, month, day] = parts(match).map(Number);
    const date = new Date(Date.UTC(year, month - 1, day));
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
  }
  return undefined;
};

export default (input) => {
  // The server has already said it for what stood in the field, with whether it is a working day.
  const echo = input.nextElementSibling;
  const show = () => {
    const date = readDate(input.value);
    echo.textContent = date
      ? `${date.getUTCFullYear()}年${date.getUTCMonth() + 1}月${date.getUTCDate()}日 周${WEEK[date.getUTCDay()]}`
      : '';
  };
  input.addEventListener('input', show);
  if (echo.textContent === '') show();
};
