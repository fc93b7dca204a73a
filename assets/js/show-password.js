/** [显示] beside a password. */
export default (input) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button';
  const update = () => {
    const hidden = input.type === 'password';
    button.textContent = hidden ? '显示' : '隐藏';
    button.setAttribute('aria-label', hidden ? '显示密码' : '隐藏密码');
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
