/**
 * The space of facts of a rule set, cut where its conditions cut it. Every fact (and every path into one) becomes a variable with one
 * representative value for each class of values that the conditions can tell apart; a list becomes one yes/no per item it may hold.
 * What an operator means is asked of the operator itself. Facts that are compared with each other share their values, with as many
 * values between two boundaries as there are such facts, so that every order among them can be shown. What cannot be modelled becomes
 * a free yes/no: the space is then larger than the truth, so "there are no such facts" stays true, and facts that are found are
 * evaluated before anybody is told of them. Longer than most files because cutting and reading back must agree value by value.
 */
import { canonicalJson } from '../../../kernel/canonical-json.ts';
import { type Compare, findOperator } from '../operators.ts';
import {
  type Comparison,
  type Condition,
  type FactDeclaration,
  type Facts,
  isComparison,
  isReference,
  type RuleSet,
} from '../rule-set.ts';
import { ALWAYS, and, bits, type Domains, type Formula, NEVER, negation, or, pair, within } from './formula.ts';

interface Variable {
  values: readonly unknown[];
  full: bigint;
}

/** A fact or a path into one, before it has values. */
interface Place {
  key: string;
  fact: string;
  path?: string;
  declared: FactDeclaration;
  group: Group;
  variable?: number;
  /** Of a list: whether it has no value, and one variable per item that is asked for. */
  items?: { values: readonly unknown[]; asked: Map<number, number>; missing?: number };
}

/** Places compared with each other, and the values their conditions name. */
interface Group {
  places: Place[];
  named: Set<unknown>;
}

const FLAG = { values: [false, true], full: 3n } as const;

export class RuleSpace {
  readonly #set: RuleSet;
  readonly #variables: Variable[] = [];
  readonly #places = new Map<string, Place>();
  readonly #free = new Map<string, number>();
  /** Facts an outcome repeats: in an example they should have a value, so that outcomes can be told apart. */
  readonly #repeated: ReadonlySet<string>;

  constructor(set: RuleSet) {
    this.#set = set;
    this.#repeated = new Set(
      [set.default.outcome, ...set.rules.map((rule) => rule.event.params)]
        .flatMap((outcome) => Object.values(outcome))
        .filter(isReference)
        .map((value) => value.fact),
    );
    for (const rule of set.rules) this.#survey(rule.conditions);
  }

  /** All values of all variables; ask again after `formulaOf`, which adds variables. */
  get domains(): Domains {
    return this.#variables.map((variable) => variable.full);
  }

  formulaOf(condition: Condition): Formula {
    if (isComparison(condition)) return this.#comparison(condition);
    if ('not' in condition) return negation(this.formulaOf(condition.not));
    if ('all' in condition) return and(condition.all.map((item) => this.formulaOf(item)));
    // An empty list is true, as in json-rules-engine.
    return condition.any.length === 0 ? ALWAYS : or(condition.any.map((item) => this.formulaOf(item)));
  }

  /** That a fact without a path has one of the values; for cutting the space into regions that have a name. */
  valueIs(fact: string, value: unknown): Formula {
    const variable = this.#places.get(fact)?.variable;
    if (variable === undefined) return ALWAYS;
    const { values, full } = this.#variables[variable]!;
    return within(
      variable,
      bits(values.length, (index) => values[index] === value),
      full,
    );
  }

  /** Facts in which every variable has a value of its domain. */
  factsIn(domains: Domains): Facts {
    const facts: Facts = {};
    const chosen = (variable: number) => {
      const { values } = this.#variables[variable]!;
      return values.find((_, index) => (domains[variable]! & (1n << BigInt(index))) !== 0n);
    };
    for (const [name, declared] of Object.entries(this.#set.facts)) {
      if (declared.required || this.#repeated.has(name)) facts[name] = sampleOf(declared);
    }
    for (const place of [...this.#places.values()].sort((a, b) => (a.key < b.key ? -1 : 1))) {
      if (place.items) {
        const missing = place.items.missing !== undefined && chosen(place.items.missing) === true;
        const held = [...place.items.asked].filter(([, variable]) => chosen(variable) === true);
        if (missing) delete facts[place.fact];
        else facts[place.fact] = held.map(([item]) => place.items!.values[item]);
      } else if (place.variable !== undefined) {
        const value = chosen(place.variable);
        if (place.path) {
          if (value !== null) put(facts, place.fact, place.path, value);
        } else if (value === null) delete facts[place.fact];
        else facts[place.fact] = value;
      }
    }
    return facts;
  }

  #survey(condition: Condition): void {
    if ('not' in condition) return this.#survey(condition.not);
    if (!isComparison(condition)) {
      for (const item of 'all' in condition ? condition.all : condition.any) this.#survey(item);
      return;
    }
    const place = this.#place(condition.fact, condition.path);
    if (isReference(condition.value)) {
      const other = this.#place(condition.value.fact, condition.value.path);
      if (other.group !== place.group) {
        for (const value of other.group.named) place.group.named.add(value);
        for (const moved of other.group.places) {
          place.group.places.push(moved);
          moved.group = place.group;
        }
      }
    } else {
      const named = Array.isArray(condition.value) ? condition.value : [condition.value];
      for (const value of named) if (isPlain(value)) place.group.named.add(value);
    }
  }

  #place(fact: string, path: string | undefined): Place {
    const key = path ? `${fact} ${path.replace(/^\$\.?/, '')}` : fact;
    const known = this.#places.get(key);
    if (known) return known;
    const declared = this.#set.facts[fact]!;
    const named = new Set<unknown>(path ? [] : enumOf(declared));
    if (!path) for (const bound of [declared.minimum, declared.maximum]) if (bound !== undefined) named.add(bound);
    const place: Place = { key, fact, declared, group: { places: [], named }, ...(path ? { path } : {}) };
    place.group.places.push(place);
    this.#places.set(key, place);
    return place;
  }

  #add(values: readonly unknown[]): number {
    this.#variables.push({ values, full: (1n << BigInt(values.length)) - 1n });
    return this.#variables.length - 1;
  }

  #flag(variable: number, wanted: boolean): Formula {
    return within(variable, wanted ? 2n : 1n, FLAG.full);
  }

  #comparison(condition: Comparison): Formula {
    const place = this.#place(condition.fact, condition.path);
    const operator = findOperator(condition.operator);
    // What lies inside an object may be a list; only the plain operators take it for a single value.
    if (!operator || (condition.path && !PLAIN_OPERATORS.has(condition.operator))) return this.#freeOf(condition);
    if (isReference(condition.value))
      return this.#between(place, condition, operator.compare) ?? this.#freeOf(condition);
    if (isList(place)) return this.#ofList(place, condition.operator, condition.value) ?? this.#freeOf(condition);
    return this.#where(place, (value) => judged(operator.compare, value, condition.value));
  }

  #where(place: Place, holds: (value: unknown) => boolean): Formula {
    const variable = this.#variableOf(place);
    const { values, full } = this.#variables[variable]!;
    return within(
      variable,
      bits(values.length, (index) => holds(values[index])),
      full,
    );
  }

  #variableOf(place: Place): number {
    place.variable ??= this.#add(valuesOf(place, this.#repeated.has(place.fact)));
    return place.variable;
  }

  #between(place: Place, condition: Comparison, compare: Compare): Formula | undefined {
    const reference = condition.value as { fact: string; path?: string };
    const other = this.#place(reference.fact, reference.path);
    if (isList(place) && isList(other)) return undefined;
    if (isList(place)) {
      if (condition.operator === 'contains') return this.#holds(place, other);
      if (condition.operator === 'doesNotContain')
        return and([this.#present(place), negation(this.#holds(place, other))]);
      return undefined;
    }
    if (isList(other)) {
      if (condition.operator === 'in') return this.#holds(other, place);
      if (condition.operator === 'notIn') return negation(this.#holds(other, place));
      return undefined;
    }
    const [first, second] = [this.#variableOf(place), this.#variableOf(other)];
    const [ours, theirs] = [this.#variables[first]!.values, this.#variables[second]!.values];
    if (first === second) return this.#where(place, (value) => judged(compare, value, value));
    return pair(first, second, [ours.length, theirs.length], (a, b) => judged(compare, ours[a], theirs[b]));
  }

  /** The list holds the value of the other fact. */
  #holds(list: Place, other: Place): Formula {
    const { values } = this.#itemsOf(list);
    const each = values.map((value, index) =>
      and([this.#item(list, index), this.#where(other, (own) => own === value)]),
    );
    return and([this.#present(list), or(each)]);
  }

  #ofList(place: Place, name: string, value: unknown): Formula | undefined {
    const [head, ...rest] = name.split(':') as [string, ...string[]];
    const inner = rest.join(':');
    const { values } = this.#itemsOf(place);
    const named = (index: number) => values[index] === value;
    switch (head) {
      case 'not': {
        const formula = this.#ofList(place, inner, value);
        return formula && negation(formula);
      }
      case 'equal':
        return value === null ? negation(this.#present(place)) : NEVER;
      case 'notEqual':
        return value === null ? this.#present(place) : ALWAYS;
      case 'contains':
        return and([this.#present(place), or(values.map((_, i) => (named(i) ? this.#item(place, i) : NEVER)))]);
      case 'doesNotContain':
        return and([
          this.#present(place),
          and(values.map((_, i) => (named(i) ? negation(this.#item(place, i)) : ALWAYS))),
        ]);
      case 'swap':
        if (inner === 'in') return this.#ofList(place, 'contains', value);
        return inner === 'notIn' ? this.#ofList(place, 'doesNotContain', value) : undefined;
      case 'someFact':
      case 'everyFact': {
        const operator = findOperator(inner);
        if (!operator) return undefined;
        const fits = values.map((item) => judged(operator.compare, item, value));
        return and([
          this.#present(place),
          head === 'someFact'
            ? or(fits.map((fit, i) => (fit ? this.#item(place, i) : NEVER)))
            : and(fits.map((fit, i) => (fit ? ALWAYS : negation(this.#item(place, i))))),
        ]);
      }
      case 'someValue':
      case 'everyValue': {
        if (!Array.isArray(value)) return undefined;
        const each = value.map((item) => this.#ofList(place, inner, item));
        if (each.some((item) => item === undefined)) return undefined;
        return head === 'someValue' ? or(each as Formula[]) : and(each as Formula[]);
      }
      default:
        return undefined;
    }
  }

  #itemsOf(place: Place) {
    if (!place.items) {
      const allowed = enumOf(place.declared);
      const values = allowed.length > 0 ? allowed : anyValues(place);
      // Present first: an example reads better with an empty list than with none.
      place.items = { values, asked: new Map() };
      if (!place.declared.required) place.items.missing = this.#add(FLAG.values);
    }
    return place.items;
  }

  #present(place: Place): Formula {
    const { missing } = this.#itemsOf(place);
    return missing === undefined ? ALWAYS : this.#flag(missing, false);
  }

  #item(place: Place, index: number): Formula {
    const { asked } = this.#itemsOf(place);
    const variable = asked.get(index) ?? this.#add(FLAG.values);
    asked.set(index, variable);
    return this.#flag(variable, true);
  }

  /** A condition that is not modelled may be either way. */
  #freeOf(condition: Comparison): Formula {
    const key = canonicalJson(condition);
    const variable = this.#free.get(key) ?? this.#add(FLAG.values);
    this.#free.set(key, variable);
    return this.#flag(variable, true);
  }
}

const PLAIN_OPERATORS: ReadonlySet<string> = new Set([
  ...['equal', 'notEqual', 'in', 'notIn'],
  ...['lessThan', 'lessThanInclusive', 'greaterThan', 'greaterThanInclusive'],
]);
const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
const isList = (place: Place) => !place.path && place.declared.type === 'list';
const enumOf = (declared: FactDeclaration): string[] => Object.keys(declared.enum ?? {});

/** As the engine would: what throws there (a list that is null) is not met. */
function judged(compare: Compare, actual: unknown, required: unknown): boolean {
  try {
    return compare(actual, required);
  } catch {
    return false;
  }
}

/** One value per class; examples take the first that is possible: nothing where nothing is needed, so that what matters stands out. */
function valuesOf(place: Place, repeated: boolean): unknown[] {
  const { declared } = place;
  if (place.path) return [null, ...anyValues(place).filter((value) => value !== null)];
  const none = declared.required ? [] : [null];
  const allowed = enumOf(declared);
  // A number with listed values is listed by its text.
  if (allowed.length > 0) return [...none, ...(declared.type === 'number' ? allowed.map(Number) : allowed)];
  switch (declared.type) {
    case 'boolean':
      return [...none, false, true];
    case 'object':
      return [...none, {}];
    case 'number': {
      const { minimum = -Infinity, maximum = Infinity } = declared;
      const numbers = numbersOf(place).filter((value) => value >= minimum && value <= maximum);
      return repeated ? [...numbers, ...none] : [...none, ...numbers];
    }
    default: {
      const texts = textsOf(place);
      return repeated ? [...texts.reverse(), ...none] : [...none, ...texts];
    }
  }
}

/** For what has no declared type: items of a list, and what lies inside an object. */
function anyValues(place: Place): unknown[] {
  const named = [...place.group.named];
  const numbers = named.some((value) => typeof value === 'number') ? numbersOf(place) : [];
  // A text of digits is ordered like its number and equal to none.
  return [...new Set([...textsOf(place), ...numbers, ...numbers.map(String), true, false, null])];
}

function textsOf(place: Place): string[] {
  const { named, places } = place.group;
  const texts = [...named].filter((value) => typeof value === 'string');
  const unlisted = (text: string): string => (texts.includes(text) ? unlisted(`${text}（未列出）`) : text);
  return [...texts, ...places.map((_, index) => unlisted(`其他${index === 0 ? '' : index + 1}`))];
}

/** The boundaries, and between and beyond them as many values as places are compared; whole numbers where there is room, small ones first. */
function numbersOf(place: Place): number[] {
  const { named, places } = place.group;
  const bounds = [...named].filter((value) => typeof value === 'number').sort((a, b) => a - b);
  if (bounds.length === 0) bounds.push(0);
  const wanted = places.length;
  const values = [...bounds];
  const last = bounds.length - 1;
  for (let step = 1; step <= wanted; step += 1) values.push(beyond(bounds[last]!, step), beyond(bounds[0]!, -step));
  for (const [index, low] of bounds.entries()) {
    const high = bounds[index + 1];
    if (high === undefined) continue;
    const whole = Math.floor(low) + wanted < high;
    for (let step = 1; step <= wanted; step += 1)
      values.push(whole ? Math.floor(low) + step : low + ((high - low) * step) / (wanted + 1));
  }
  return [...new Set(values)].sort((a, b) => Number(a < 0) - Number(b < 0) || Math.abs(a) - Math.abs(b));
}

const beyond = (bound: number, step: number) => (step > 0 ? Math.floor(bound) + step : Math.ceil(bound) + step);

function sampleOf(declared: FactDeclaration): unknown {
  const [allowed] = enumOf(declared);
  switch (declared.type) {
    case 'boolean':
      return false;
    case 'number':
      return allowed !== undefined ? Number(allowed) : Math.max(declared.minimum ?? 0, 0);
    case 'list':
      return [];
    case 'object':
      return {};
    default:
      return allowed ?? `某${declared.title}`;
  }
}

function put(facts: Facts, fact: string, path: string, value: unknown): void {
  const parts = path.replace(/^\$\.?/, '').split('.');
  const known = facts[fact];
  let holder = (typeof known === 'object' && known !== null ? known : {}) as Record<string, unknown>;
  facts[fact] = holder;
  for (const part of parts.slice(0, -1)) {
    const inside = holder[part];
    const next = (typeof inside === 'object' && inside !== null ? inside : {}) as Record<string, unknown>;
    holder[part] = next;
    holder = next;
  }
  holder[parts.at(-1)!] = value;
}
