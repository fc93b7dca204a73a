/**
 * Attaches what saves time: `data-enhance="once picker-filter"` on an element loads these modules and hands them the element.
 * Every page works without them; one that fails to load costs speed, never function.
 */
const KNOWN = new Set([
  'conditions',
  'count-poll',
  'counter',
  'date-echo',
  'keep-draft',
  'once',
  'picker-filter',
  'reload-soon',
  'run-on-change',
  'session',
  'shortcuts',
  'show-password',
]);

const attach = (element, names) => {
  for (const name of names) {
    if (!KNOWN.has(name)) continue;
    import(`./${name}.js`).then(
      (module) => module.default(element),
      () => undefined,
    );
  }
};

for (const element of document.querySelectorAll('[data-enhance]'))
  attach(element, element.dataset.enhance.split(/\s+/).filter(Boolean));
for (const form of document.querySelectorAll('form[data-form]')) attach(form, ['conditions', 'once']);
for (const area of document.querySelectorAll('textarea[data-count]')) attach(area, ['counter']);
for (const input of document.querySelectorAll('input[data-date]')) attach(input, ['date-echo']);
for (const list of document.querySelectorAll('form[data-form] select, .tags__list')) attach(list, ['picker-filter']);

// Older browsers do not honour autofocus on a summary.
const summary = document.getElementById('error-summary');
if (summary) summary.focus();
else if (document.querySelector('.notice--flash[role="status"]')) {
  const heading = document.querySelector('main h1');
  if (heading && document.activeElement === document.body) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

// One open menu at a time; Escape closes it and returns to its word.
const menus = [...document.querySelectorAll('details.menu')];
for (const menu of menus)
  menu.addEventListener('toggle', () => {
    if (menu.open) for (const other of menus) if (other !== menu && !other.contains(menu)) other.open = false;
  });
document.addEventListener('keydown', (event) => {
  const open = event.key === 'Escape' ? menus.find((menu) => menu.open) : undefined;
  if (!open) return;
  open.open = false;
  open.querySelector('summary').focus();
});
document.addEventListener('click', (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
});
