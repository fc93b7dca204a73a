import { isDomainError } from '../../../kernel/errors.ts';
import { parseForm } from '../../forms/index.ts';
import { diffExamples, diffRuleSets, parseRuleFile } from '../../rules/index.ts';
import type { DesignWords } from '../design/design-words.ts';
import { CHANGE_KINDS, type ChangeKind, diffForm, diffProcess } from '../diff/index.ts';
import { differencesOf, type ElementNames } from '../scenario-difference.ts';
import { parseScenario } from '../scenario-file.ts';
import type { Previous, ReleaseItem } from './release.ts';

export interface ChangeInWords {
  kind: ChangeKind;
  sign: string;
  word: string;
  name: string;
  text: string;
}

/** What a release changes about a design, as sentences; undefined where one of both cannot be read, or there is nothing to compare with. */
export async function changesOf(
  item: ReleaseItem,
  before: Previous | null,
  names: ElementNames,
  words?: DesignWords,
): Promise<ChangeInWords[] | undefined> {
  if (!before) return undefined;
  try {
    return (await compared(item, before, names, words)).map(({ kind, name, text }) => ({
      kind,
      ...CHANGE_KINDS[kind],
      name,
      text,
    }));
  } catch (error) {
    if (isDomainError(error)) return undefined;
    throw error;
  }
}

async function compared(
  item: ReleaseItem,
  before: Previous,
  names: ElementNames,
  words?: DesignWords,
): Promise<readonly { kind: ChangeKind; name: string; text: string }[]> {
  if (item.kind === 'process') return diffProcess(before.content, item.content, words);
  if (item.kind === 'rules') {
    const read = (content: string) => parseRuleFile(`${item.id}.rules.json`, content).ruleSet;
    return [
      ...diffRuleSets(read(before.content), read(item.content)),
      // Without a list of its own a rule set goes on with the examples it has.
      ...(item.examples === null ? [] : diffExamples(parsed(before.examples), parsed(item.examples))),
    ];
  }
  if (item.kind === 'scenario') {
    const read = (content: string) => parseScenario(content, item.title).expect;
    return differencesOf(read(before.content), read(item.content), names).map((text) => ({
      kind: 'changed' as const,
      name: '',
      text,
    }));
  }
  if (item.kind === 'form') {
    const read = (content: string) => parseForm(item.processId ?? '', `${item.id}.form`, content);
    return diffForm(read(before.content), read(item.content));
  }
  return [];
}

function parsed(examples: string | null): unknown {
  try {
    return examples === null ? [] : JSON.parse(examples);
  } catch {
    // What is no JSON is told by the check of the examples; the lines below show it as it is.
    return [];
  }
}
