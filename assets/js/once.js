/** One click, one submission: the button says so, further clicks are swallowed until the answer or for 20 seconds. The server would ignore them anyway. */
export default (form) => {
  let release;
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = '1';
    const button = event.submitter;
    const text = button?.textContent;
    // After the browser has read the form: a changed button must not change what is sent.
    setTimeout(() => {
      if (button) button.textContent = '正在提交…';
    });
    release = () => {
      delete form.dataset.sent;
      if (button && text) button.textContent = text;
    };
    setTimeout(release, 20_000);
  });
  // Coming back with the browser's own button shows the form as it was left.
  addEventListener('pageshow', () => release?.());
};
