/** One thing that is other in a later version of a design: where, and what, as a sentence. */
export interface DesignChange {
  /** `moved`: only the drawing is other, not what happens. */
  kind: ChangeKind;
  /** Element of the diagram, field of the form or pointer into the rules; empty for the design as a whole. */
  place: string;
  /** Its name as people see it. */
  name: string;
  text: string;
}

export type ChangeKind = 'added' | 'changed' | 'removed' | 'moved';

/** Sign and word of each kind, so that nothing is told by colour alone. */
export const CHANGE_KINDS: Record<ChangeKind, { sign: string; word: string }> = {
  added: { sign: '＋', word: '增加' },
  changed: { sign: '～', word: '修改' },
  removed: { sign: '－', word: '删除' },
  moved: { sign: '↔', word: '挪动' },
};

/** What a design says about one thing, by the name of the property. */
export type Facets = Map<string, string>;

/** “期限：1 → 2 个工作日”, property by property, in the order of the later version and then what is gone. */
export function facetChanges(before: Facets, after: Facets): string[] {
  const sentences: string[] = [];
  for (const [title, value] of after) {
    const was = before.get(title);
    if (was === undefined) sentences.push(`${title}：原来没有，现为“${value}”`);
    else if (was !== value) sentences.push(`${title}：“${was}”改为“${value}”`);
  }
  for (const [title, value] of before) if (!after.has(title)) sentences.push(`${title}：去掉了“${value}”`);
  return sentences;
}

/** “办理人 纳服专岗，表单 派单”, of something that is new. */
export const facetsInWords = (facets: Facets, left: readonly string[]): string =>
  [...facets]
    .filter(([title]) => !left.includes(title))
    .map(([title, value]) => `${title} ${value}`)
    .join('，');
