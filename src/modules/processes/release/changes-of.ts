import { isDomainError } from '../../../kernel/errors.ts';
import { parseForm } from '../../forms/index.ts';
import { diffRuleSets, parseRuleFile } from '../../rules/index.ts';
import { CHANGE_KINDS, type ChangeKind, diffForm, diffProcess } from '../diff/index.ts';
import type { Previous, ReleaseItem } from './release.ts';

export interface ChangeInWords {
  sign: string;
  word: string;
  name: string;
  text: string;
}

/** What a release changes about a design, as sentences; undefined where one of both cannot be read, or there is nothing to compare with. */
export async function changesOf(item: ReleaseItem, before: Previous | null): Promise<ChangeInWords[] | undefined> {
  if (!before) return undefined;
  try {
    return (await compared(item, before)).map(({ kind, name, text }) => ({ ...CHANGE_KINDS[kind], name, text }));
  } catch (error) {
    if (isDomainError(error)) return undefined;
    throw error;
  }
}

async function compared(
  item: ReleaseItem,
  before: Previous,
): Promise<readonly { kind: ChangeKind; name: string; text: string }[]> {
  if (item.kind === 'process') return diffProcess(before.content, item.content);
  if (item.kind === 'rules') {
    const read = (content: string) => parseRuleFile(`${item.id}.rules.json`, content).ruleSet;
    return diffRuleSets(read(before.content), read(item.content));
  }
  if (item.kind === 'form') {
    const read = (content: string) => parseForm(item.processId ?? '', `${item.id}.form`, content);
    return diffForm(read(before.content), read(item.content));
  }
  return [];
}
