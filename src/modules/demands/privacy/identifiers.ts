import { maskPerson, maskPhone, maskText } from '../mask.ts';

/** What of a demand says who somebody is or how to reach them. */
export interface WhoOf {
  taxpayerName: string;
  taxpayerType: string;
  creditCode: string | null;
  contactPerson: string | null;
  contactPhone: string | null;
  otherContact: string | null;
  /** Further answers of the registration form, also fields an administrator has added. */
  intake: Record<string, unknown>;
}

/** A company or an association is no person: its name and code stay. */
const NO_PERSON: ReadonlySet<string> = new Set(['ENTERPRISE', 'ASSOCIATION']);
export const isPerson = (type: string): boolean => !NO_PERSON.has(type);

/** Keys of answers that say who somebody is, whatever form they stand in. */
const PERSONAL_KEY = /(name|person|phone|mobile|contact|address|idcard|idnumber|wechat|email|account)$/i;
/** Staff, bodies and units are no taxpayers. */
const NO_PERSONAL_KEY = /^(receivingName|unitName|contactMethod|contactResult|preferredContactTime)$/;
const isPersonalKey = (key: string): boolean => PERSONAL_KEY.test(key) && !NO_PERSONAL_KEY.test(key);

/** Words and numbers that must not be left, each with what stands in its place; the longest first. */
export type Identifiers = readonly { pattern: RegExp; instead: string }[];

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** Shorter than this, a word stands in too many others. */
const SHORTEST = 2;

/** What to look for in everything that was ever written about a demand. */
export function identifiersOf(who: WhoOf): Identifiers {
  const further = Object.entries(who.intake).flatMap(([key, value]) =>
    isPersonalKey(key) && typeof value === 'string' ? [value] : [],
  );
  const person = isPerson(who.taxpayerType);
  const names = [person ? who.taxpayerName : null, who.contactPerson, ...further];
  const words = [person ? who.creditCode : null, who.otherContact, ...(who.otherContact?.split(/[,，;；、\s]+/) ?? [])];
  const found = new Map<string, string>();
  for (const word of words.map((item) => item?.trim() ?? '')) if ([...word].length >= 4) found.set(word, '****');
  for (const name of names.map((item) => item?.trim() ?? ''))
    if ([...name].length >= SHORTEST && !/^[\d\s-]+$/.test(name)) found.set(name, maskPerson(name));
  const phones = [who.contactPhone, who.otherContact, ...further].flatMap((item) => numbersIn(item ?? ''));
  return [
    ...[...found]
      .sort(([a], [b]) => b.length - a.length)
      .map(([word, instead]) => ({ pattern: new RegExp(escaped(word), 'gi'), instead })),
    ...phones.map((digits) => ({
      pattern: new RegExp(`(?<!\\d)${[...digits].join('[- ]?')}(?!\\d)`, 'g'),
      instead: maskPhone(digits),
    })),
  ];
}

/** Telephone numbers of an answer by their figures; of a landline also the part people dial in town. */
function numbersIn(text: string): string[] {
  return [...text.matchAll(/\d[\d -]{5,}\d/g)].flatMap(([number]) => {
    const digits = number.replace(/\D/g, '');
    const local = /^0\d{2,3}-(\d{7,8})$/.exec(number.trim())?.[1];
    return local ? [digits, local] : [digits];
  });
}

/** A text without them, and without anything else that looks like a number of somebody. */
export const withoutThem = (text: string, identifiers: Identifiers): string =>
  maskText(identifiers.reduce((rest, { pattern, instead }) => rest.replace(pattern, instead), text));

/** JSON with all its texts masked. */
export const jsonWithoutThem = (value: unknown, identifiers: Identifiers): unknown =>
  walkTexts(value, (text) => withoutThem(text, identifiers));

/** Answers of a form: those that say who somebody is are gone, all other texts are masked. */
export const answersWithoutThem = (value: unknown, identifiers: Identifiers): unknown =>
  walkTexts(value, (text, key) => (isPersonalKey(key) ? '' : withoutThem(text, identifiers)));

function walkTexts(value: unknown, change: (text: string, key: string) => string, key = ''): unknown {
  if (typeof value === 'string') return change(value, key);
  if (Array.isArray(value)) return value.map((item) => walkTexts(item, change, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walkTexts(item, change, name)]));
}
