import { describe, expect, test } from '@jest/globals';
import { fillForm } from '../../src/web/fill-form.ts';

const fill = (html: string, fields: Record<string, string | string[]>, page = '/here') =>
  fillForm(html, { action: '/here', page, fields });
const form = (inside: string, attributes = 'method="post" action="/here"') => `<form ${attributes}>${inside}</form>`;

describe('filling a form of a page that is drawn', () => {
  test.each<[string, string, Record<string, string | string[]>, string]>([
    ['a text', '<input type="text" name="a" value="old">', { a: 'new' }, '<input type="text" name="a" value="new">'],
    ['a text without a value', '<input name="a" class="x">', { a: '1' }, '<input name="a" class="x" value="1">'],
    ['signs of HTML', '<input name="a">', { a: `"<&'>` }, '<input name="a" value="&#34;&lt;&amp;&#39;&gt;">'],
    ['signs of replacement', '<input name="a">', { a: '$& $1 $`' }, '<input name="a" value="$&amp; $1 $`">'],
    [
      'a text area',
      '<textarea name="a" rows="3">\nold</textarea>',
      { a: '一\n</textarea>' },
      '<textarea name="a" rows="3">\n一\n&lt;/textarea&gt;</textarea>',
    ],
    ['an empty answer', '<input name="a" value="old">', { a: '' }, '<input name="a" value="">'],
    ['a field not sent', '<input name="a" value="old">', { b: '1' }, '<input name="a" value="old">'],
    [
      'the chosen radio',
      '<input type="radio" name="a" value="1" checked><input type="radio" name="a" value="2">',
      { a: '2' },
      '<input type="radio" name="a" value="1"><input type="radio" name="a" value="2" checked>',
    ],
    [
      'a box that was not ticked',
      '<input type="checkbox" name="a" value="true" checked>',
      { b: '1' },
      '<input type="checkbox" name="a" value="true">',
    ],
    [
      'several boxes',
      '<input type="checkbox" name="a" value="1"><input type="checkbox" name="a" value="2">',
      { a: ['1', '2'] },
      '<input type="checkbox" name="a" value="1" checked><input type="checkbox" name="a" value="2" checked>',
    ],
    [
      'a select',
      '<select name="a"><option value="">请选择</option><option value="1" selected>一</option><option value="2">二</option></select>',
      { a: '2' },
      '<select name="a"><option value="">请选择</option><option value="1">一</option><option value="2" selected>二</option></select>',
    ],
    [
      'fresh tokens stay',
      '<input type="hidden" name="_csrf" value="fresh"><input type="hidden" name="_once" value="fresh">',
      { _csrf: 'old', _once: 'old' },
      '<input type="hidden" name="_csrf" value="fresh"><input type="hidden" name="_once" value="fresh">',
    ],
    [
      'the revision typed against comes back',
      '<input type="hidden" name="_revision" value="8">',
      { _revision: '7' },
      '<input type="hidden" name="_revision" value="7">',
    ],
    [
      'passwords and files stay empty',
      '<input type="password" name="a"><input type="file" name="b">',
      { a: 'x', b: 'y' },
      '<input type="password" name="a"><input type="file" name="b">',
    ],
  ])('%s', (_what, inside, fields, expected) => {
    expect(fill(form(inside), fields)).toBe(form(expected));
  });

  test('only the form that goes to the action, and only the first of them', () => {
    const field = '<input name="q" value="">';
    const page = [
      form(field, 'method="get" action="/here"'),
      form(field, 'method="post" action="/elsewhere"'),
      form(field),
      form(field),
    ];
    const filled = fill(page.join(''), { q: 'x' });
    expect(filled).toBe([page[0], page[1], form('<input name="q" value="x">'), page[3]].join(''));
  });

  test('a form without an action goes to its own page, whatever the query', () => {
    expect(fill(form('<input name="q">', 'method="post" action=""'), { q: 'x' })).toContain('value="x"');
    expect(fill(form('<input name="q">', 'method="post" action=""'), { q: 'x' }, '/other')).not.toContain('value="x"');
    expect(fill(form('<input name="q">', 'method="post" action="/here?view=all"'), { q: 'x' })).toContain('value="x"');
  });

  test('a page without forms stays as it is', () => {
    expect(fill('<p>没有表单</p>', { q: 'x' })).toBe('<p>没有表单</p>');
  });
});
