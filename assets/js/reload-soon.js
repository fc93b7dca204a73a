/** Looks again how far a run is, until it is done; the link does the same. */
const EVERY_MS = 2000;

export default (element) => {
  const look = async () => {
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const next = page.querySelector('[data-enhance="reload-soon"]');
      if (!next) return location.reload();
      element.innerHTML = next.innerHTML;
    } catch {
      // Tried again below.
    }
    setTimeout(look, EVERY_MS);
  };
  setTimeout(look, EVERY_MS);
};
