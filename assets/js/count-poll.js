/** Looks once a minute for new counts, for the menu; never touches a list under somebody's hands. */
export default () => {
  const marks = [...document.querySelectorAll('[data-count-of]')];
  if (marks.length === 0) return;
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch('/counts', { headers: { Accept: 'application/json' } }).catch(() => undefined);
    if (!answer?.ok) return;
    const counts = await answer.json();
    for (const mark of marks) {
      const count = counts[mark.dataset.countOf] ?? 0;
      mark.hidden = count === 0;
      mark.firstElementChild.textContent = count;
    }
  };
  setInterval(look, 60_000);
  document.addEventListener('visibilitychange', look);
};
