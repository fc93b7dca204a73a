/** F2 登记, F4 搜索, F8 采纳, F9 当场, Ctrl+Enter 提交. Each only presses what is on the page: `data-key` names the button or link. Switched off in 我的. */
export default (body) => {
  if ('noShortcuts' in body.dataset) return;
  document.addEventListener('keydown', (event) => {
    // A page's own script may have answered already.
    if (event.defaultPrevented || event.isComposing || event.altKey || event.metaKey) return;
    if (event.key === 'Enter' && event.ctrlKey) {
      const form = document.activeElement?.closest('main form');
      const button = form?.querySelector('.button--filled:not([type="button"])');
      if (button) {
        event.preventDefault();
        form.requestSubmit(button);
      }
      return;
    }
    if (event.ctrlKey || event.shiftKey) return;
    const target =
      document.querySelector(`main [data-key="${event.key}"]`) ??
      (event.key === 'F2' ? document.querySelector('a[href="/demands/new"]') : undefined);
    if (target) {
      event.preventDefault();
      target.click();
    } else if (event.key === 'F4') {
      const search = document.getElementById('site-q');
      if (!search) return;
      event.preventDefault();
      search.focus();
    }
  });
};
