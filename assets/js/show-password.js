/** [显示] beside a password. */
export default (input) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button';
  const update = () => {
    const hidden = input.type === 'password';
    const which = document.createElement('span');
    which.className = 'visually-hidden';
    which.textContent = input.labels?.[0]?.textContent ?? '密码';
    button.replaceChildren(hidden ? '显示' : '隐藏', which);
  };
  button.addEventListener('click', () => {
    input.type = input.type === 'password' ? 'text' : 'password';
    update();
  });
  input.form?.addEventListener('submit', () => {
    input.type = 'password';
  });
  update();
  const row = document.createElement('span');
  row.className = 'input-row';
  const focused = document.activeElement === input;
  input.replaceWith(row);
  row.append(input, button);
  if (focused) input.focus();
};
