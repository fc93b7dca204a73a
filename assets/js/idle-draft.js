/** What all drafts that keep themselves have in common: when they do, and how it is said. */
const IDLE_MS = 5000;
const TIME = new Intl.DateTimeFormat('zh-CN', {
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
  timeZone: 'Asia/Shanghai',
});

/** “草稿已于 10:05 保存”, without its end. */
export const keptAt = (savedAt) => `草稿已于 ${TIME.format(new Date(savedAt))} 保存`;

/** Saves a while after the last key. Answers what asks for that without a key, and what forgets a save that is still to come. */
export const whenIdle = (form, save) => {
  let timer;
  const forget = () => clearTimeout(timer);
  const soon = () => {
    forget();
    timer = setTimeout(save, IDLE_MS);
  };
  form.addEventListener('input', soon);
  return { soon, forget };
};
