/** Fills a form of a page that is already drawn. Knows the HTML our own templates write, no more. */
export interface Filling {
  /** Where the form goes; a form without an action goes to the page itself. */
  action: string;
  page: string;
  fields: Readonly<Record<string, string | string[]>>;
}

const FORM = /<form\b[^>]*>[\s\S]*?<\/form>/gi;
const INPUT = /<input\b[^>]*>/gi;
const TEXTAREA = /(<textarea\b[^>]*>)[\s\S]*?(<\/textarea>)/gi;
const SELECT = /(<select\b[^>]*>)([\s\S]*?)(<\/select>)/gi;

/** Puts values into the form that goes to `action`. The form's own tokens stay as drawn; its revision becomes the one it was typed against. */
export function fillForm(html: string, filling: Filling): string {
  let filled = false;
  return html.replaceAll(FORM, (form) => {
    const opening = form.slice(0, form.indexOf('>') + 1);
    if (filled || attribute(opening, 'method')?.toLowerCase() !== 'post') return form;
    if ((attribute(opening, 'action') || filling.page).split('?')[0] !== filling.action) return form;
    filled = true;
    return form
      .replaceAll(INPUT, (input) => fillInput(input, filling.fields))
      .replaceAll(TEXTAREA, (area, open: string, close: string) => {
        const value = filling.fields[attribute(open, 'name') ?? ''];
        return typeof value === 'string' ? `${open}\n${escaped(value)}${close}` : area;
      })
      .replaceAll(SELECT, (select, open: string, options: string, close: string) => {
        const name = attribute(open, 'name') ?? '';
        return name in filling.fields ? `${open}${choose(options, listOf(filling.fields[name]))}${close}` : select;
      });
  });
}

function fillInput(input: string, fields: Filling['fields']): string {
  const name = attribute(input, 'name');
  if (!name) return input;
  const type = (attribute(input, 'type') ?? 'text').toLowerCase();
  if (type === 'radio' || type === 'checkbox') {
    // An unticked box sends nothing, so every box of the form follows what was sent.
    const ticked = listOf(fields[name]).includes(attribute(input, 'value') ?? 'on');
    return withFlag(input, 'checked', ticked);
  }
  if (['password', 'file', 'submit', 'button'].includes(type)) return input;
  if (type === 'hidden' && !/^_rev/.test(name)) return input;
  const value = fields[name];
  return typeof value === 'string' ? withValue(input, value) : input;
}

const choose = (options: string, chosen: readonly string[]): string =>
  options.replaceAll(/(<option\b[^>]*>)([^<]*)/gi, (_, open: string, text: string) => {
    const value = attribute(open, 'value') ?? text.trim();
    return `${withFlag(open, 'selected', chosen.includes(value))}${text}`;
  });

const listOf = (value: string | string[] | undefined): readonly string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1];
  return found
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function withValue(tag: string, value: string): string {
  const bare = tag.replace(/\svalue="[^"]*"/i, '');
  return `${bare.slice(0, -1).replace(/\s*\/$/, '')} value="${escaped(value)}">`;
}

function withFlag(tag: string, flag: string, on: boolean): string {
  const bare = tag.replace(new RegExp(`\\s${flag}(="[^"]*")?(?=[\\s>/])`, 'i'), '');
  return on ? `${bare.slice(0, -1)} ${flag}>` : bare;
}

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;');
