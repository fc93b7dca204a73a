/** Five minutes before the session ends of itself: a bar, never a dialog, with [继续使用]. Another window may have kept it alive, so the server is asked. */
const WARN_AT = 5 * 60;

export default (body) => {
  const ask = async (keep) => {
    const answer = await fetch(keep ? '/session?keep=1' : '/session', { headers: { Accept: 'application/json' } });
    return answer.ok ? (await answer.json()).secondsLeft : 0;
  };
  let bar;
  const show = (left) => {
    bar ??= document.createElement('div');
    bar.className = 'notice notice--warn session-bar';
    bar.setAttribute('role', 'status');
    if (left <= 0) {
      bar.textContent = '登录已过期。现在提交，填写的内容会保留，重新登录后自动填回。';
    } else {
      const text = document.createElement('span');
      text.textContent = `${Math.max(1, Math.round(left / 60))} 分钟后自动退出。草稿已保存。`;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'button button--quiet';
      button.textContent = '继续使用';
      button.addEventListener('click', async () => {
        const more = await ask(true).catch(() => 0);
        if (more > WARN_AT) {
          bar.remove();
          bar = undefined;
          plan(more);
        } else show(0);
      });
      bar.replaceChildren(text, button);
    }
    if (!bar.isConnected) body.append(bar);
  };
  const plan = (left) => setTimeout(look, Math.max(1, left > WARN_AT ? left - WARN_AT : left) * 1000);
  const look = async () => {
    const left = await ask(false).catch(() => undefined);
    if (left === undefined || left === null) return void setTimeout(look, 60_000);
    if (left <= WARN_AT) show(left);
    if (left > 0) plan(left);
  };
  const first = Number(body.dataset.secondsLeft);
  if (first) plan(first);
};
