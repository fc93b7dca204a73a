/** Decides again when a fact is changed; the button does the same. */
export default (form) => {
  let latest = 0;
  const run = async () => {
    latest += 1;
    const own = latest;
    const address = new URL(form.action);
    address.search = String(new URLSearchParams(new FormData(form)));
    try {
      const answer = await fetch(address, { headers: { accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const [now, next] = [document.getElementById('result'), page.getElementById('result')];
      // A mistake stands beside its field only on the page itself: the button shows it.
      if (own === latest && answer.ok && now && next) now.replaceWith(next);
    } catch {
      // Without an answer the last result stays.
    }
  };
  form.addEventListener('change', run);
};
