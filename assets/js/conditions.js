/** Shows conditional fields only when their condition holds. The server ignores what a hidden field says. */
const answerOf = (form, name) => {
  const fields = [...form.elements].filter((element) => element.name === name);
  const [first] = fields;
  if (!first) return null;
  if (first.type === 'radio') return fields.find((field) => field.checked)?.value ?? null;
  if (first.type === 'checkbox')
    return fields.length > 1 ? fields.filter((field) => field.checked).map((field) => field.value) : first.checked;
  return first.value === '' ? null : first.value;
};

const holds = (form, tree) => {
  switch (tree.op) {
    case 'and':
      return tree.of.every((item) => holds(form, item));
    case 'or':
      return tree.of.some((item) => holds(form, item));
    case 'not':
      return !holds(form, tree.of[0]);
    case 'eq':
      return answerOf(form, tree.name) === tree.value;
    case 'ne':
      return answerOf(form, tree.name) !== tree.value;
    case 'in':
      return tree.values.includes(answerOf(form, tree.name));
    default:
      return answerOf(form, tree.name) === true;
  }
};

export default (form) => {
  const conditional = [...form.querySelectorAll('[data-condition]')].map((element) => ({
    element,
    tree: JSON.parse(element.dataset.condition),
  }));
  const update = () => {
    for (const { element, tree } of conditional) {
      const hide = holds(form, tree);
      // A folded group that has just become needed opens by itself.
      if (element.tagName === 'DETAILS' && element.hidden && !hide) element.open = true;
      element.hidden = hide;
    }
    for (const tags of form.querySelectorAll('[data-tags]')) {
      const chosen = [...tags.querySelectorAll('input:checked')].map((box) => box.value);
      tags.querySelector('[data-tags-count]').textContent = String(chosen.length);
      tags.querySelector('[data-tags-chosen]').textContent = chosen.length > 0 ? `：${chosen.join('、')}` : '';
    }
  };
  form.addEventListener('input', update);
  form.addEventListener('change', update);
  update();
};
