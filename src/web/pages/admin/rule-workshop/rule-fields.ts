import type { FieldProblem } from '../../../../kernel/errors.ts';
import {
  type ConditionRow,
  FORM_OPERATORS,
  isGroup,
  keptInWords,
  type OutcomeField,
  type RuleForm,
  type RuleSet,
} from '../../../../modules/rules/index.ts';
import { textOf } from '../../../route.ts';
import { isDepartment } from '../department-words.ts';

/** A rule's fields as its fieldset draws them. */
export function ruleFormView(set: RuleSet, form: RuleForm, problems: readonly FieldProblem[]) {
  const errorAt = (field: string) => problems.find((problem) => problem.pointer === `/${field}`)?.message ?? '';
  const row = (item: ConditionRow, at: string) => {
    const declared = set.facts[item.fact];
    return {
      ...item,
      at,
      kept: item.keep ? keptInWords(set, item.keep) : '',
      hint: declared?.enum ? `可填：${Object.values(declared.enum).join('、')}` : '',
      list:
        declared?.enum || declared?.type === 'boolean'
          ? `v-${item.fact}`
          : declared && isDepartment(declared)
            ? 'departments'
            : '',
      errors: { fact: errorAt(`${at}.fact`), op: errorAt(`${at}.op`), value: errorAt(`${at}.value`) },
    };
  };
  const facts = Object.entries(set.facts).map(([name, fact]) => ({ name, title: fact.title, type: fact.type }));
  return {
    ...form,
    errors: { title: errorAt('title'), priority: errorAt('priority'), kind: errorAt('kind') },
    entries: form.entries.map((entry, index) =>
      isGroup(entry)
        ? {
            group: true,
            at: `c.${index}`,
            index,
            kind: entry.kind,
            error: errorAt(`c.${index}.kind`),
            rows: entry.rows.map((item, inner) => row(item, `c.${index}.${inner}`)),
          }
        : { group: false, index, ...row(entry, `c.${index}`) },
    ),
    facts,
    operators: Object.entries(FORM_OPERATORS).map(([code, { words }]) => ({ code, words })),
    /** Words of listed facts, for the field's own suggestions. */
    lists: Object.entries(set.facts).flatMap(([name, fact]) =>
      fact.enum || fact.type === 'boolean'
        ? [{ id: `v-${name}`, words: fact.enum ? [...new Set(Object.values(fact.enum))] : ['是', '否'] }]
        : [],
    ),
    outcomes: Object.entries(set.outcomeSchema).map(([key, declared]) => {
      const { from, value } = form.outcome[key] ?? { from: '', value: '' };
      const same = facts.filter((fact) => fact.type === declared.type);
      const chosen =
        from === '' || from === 'value' || from === 'null' || same.some((fact) => from === `fact:${fact.name}`);
      return {
        key,
        title: declared.title,
        required: declared.required === true,
        from,
        value,
        error: errorAt(`o.${key}`),
        department: isDepartment(declared),
        words: declared.enum
          ? [...new Set(Object.values(declared.enum))]
          : declared.type === 'boolean'
            ? ['是', '否']
            : [],
        ways: [
          ['', set.strategy === 'all' ? '不改变' : '不给出'],
          ['value', '填写的值'],
          ['null', '空'],
          ...same.map((fact) => [`fact:${fact.name}`, `取“${fact.title}”`]),
          ...(chosen ? [] : [[from, `取“${from.slice(5)}”`]]),
        ],
      };
    }),
  };
}

/** What was typed into the fieldset, whatever it is worth. */
export function typedRule(body: Record<string, unknown>): RuleForm {
  const text = (name: string) => textOf(body[name]) ?? '';
  const kindOf = (name: string) => (text(name) === 'any' ? 'any' : 'all');
  const rowAt = (at: string): ConditionRow | undefined =>
    [`${at}.fact`, `${at}.keep`].some((name) => body[name] !== undefined)
      ? {
          fact: text(`${at}.fact`),
          operator: text(`${at}.op`) || 'equal',
          other: text(`${at}.other`),
          value: text(`${at}.value`),
          keep: isCondition(text(`${at}.keep`)) ? text(`${at}.keep`) : '',
        }
      : undefined;
  const entries: RuleForm['entries'] = [];
  for (let index = 0; index < 200; index += 1) {
    const at = `c.${index}`;
    if (body[`${at}.kind`] !== undefined) {
      const rows: ConditionRow[] = [];
      for (let inner = 0; inner < 200; inner += 1) {
        const row = rowAt(`${at}.${inner}`);
        if (!row) break;
        rows.push(row);
      }
      entries.push({ kind: kindOf(`${at}.kind`), rows });
      continue;
    }
    const row = rowAt(at);
    if (!row) break;
    entries.push(row);
  }
  const outcome: Record<string, OutcomeField> = {};
  for (const name of Object.keys(body))
    if (name.startsWith('o.') && name.endsWith('.from')) {
      const key = name.slice(2, -'.from'.length);
      outcome[key] = { from: String(body[name] ?? ''), value: text(`o.${key}.value`) };
    }
  return {
    title: text('title'),
    priority: text('priority'),
    basis: text('basis'),
    note: text('note'),
    kind: kindOf('kind'),
    entries,
    outcome,
  };
}

/** A hidden field is no more to be trusted than any other. */
function isCondition(text: string): boolean {
  try {
    return hasShape(JSON.parse(text), 0);
  } catch {
    return false;
  }
}

function hasShape(value: any, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > 20) return false;
  const inner = value.all ?? value.any;
  if (inner !== undefined) return Array.isArray(inner) && inner.every((item) => hasShape(item, depth + 1));
  return value.not !== undefined ? hasShape(value.not, depth + 1) : typeof value.fact === 'string';
}

/** [加条件] [加一组] [删除条件] change what is typed; nothing is saved by them. `row+`, `group+`, `row+2`, `row-2`, `row-2.0`. */
export function withoutOrWith(form: RuleForm, act: string, emptyRow: () => ConditionRow): RuleForm {
  const entries = form.entries.map((entry) => (isGroup(entry) ? { ...entry, rows: [...entry.rows] } : entry));
  const [, what, sign, where, inner] = /^(row|group)([+-])(\d+)?(?:\.(\d+))?$/.exec(act) ?? [];
  if (!what) return form;
  const index = where === undefined ? -1 : Number(where);
  const entry = entries[index];
  if (sign === '+' && index < 0)
    entries.push(what === 'row' ? emptyRow() : { kind: 'any', rows: [emptyRow(), emptyRow()] });
  else if (sign === '+' && entry && isGroup(entry)) entry.rows.push(emptyRow());
  else if (sign === '-' && inner !== undefined && entry && isGroup(entry)) entry.rows.splice(Number(inner), 1);
  else if (sign === '-' && entry) entries.splice(index, 1);
  return { ...form, entries };
}
