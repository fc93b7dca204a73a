/** Asks once a minute whether tasks have come, and says so. The list itself never moves under somebody's hands. */
const EVERY_MS = 60_000;

for (const note of document.querySelectorAll('[data-new-tasks]')) {
  const ask = async () => {
    if (document.visibilityState === 'hidden') return;
    try {
      const answer = await fetch(note.dataset.newTasks, { redirect: 'error' });
      if (!answer.ok) return;
      const { count } = await answer.json();
      note.hidden = count === 0;
      note.firstElementChild.textContent = `有 ${count} 件新任务`;
    } catch {
      // Not reachable just now; the next minute tries again.
    }
  };
  setInterval(ask, EVERY_MS);
  document.addEventListener('visibilitychange', ask);
}
