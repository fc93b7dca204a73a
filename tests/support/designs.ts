import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqlOf } from '../../src/db/orm.ts';
import type { Actor } from '../../src/kernel/actor.ts';
import { actorOf } from '../../src/modules/access/index.ts';
import { beginDraft, type DesignKind } from '../../src/modules/processes/index.ts';
import type { TestHouse } from './house.ts';

const ROOT = join(import.meta.dirname, '../..');
export const file = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

/** A rule set of the program with another value of a parameter. */
export const withParameter = (
  name: string,
  value: number | string,
  text = file('rules/deadlines.rules.json'),
): string => {
  const set = JSON.parse(text);
  set.default.outcome[name] = value;
  return `${JSON.stringify(set, null, 2)}\n`;
};

/** A form of the program with another label for one of its fields. */
export const withLabel = (label: string, text = file('processes/handle-demand/forms/handle-demand.form')): string => {
  const form = JSON.parse(text);
  form.components.find((component: { key?: string }) => component.key === 'measures').label = label;
  return JSON.stringify(form, null, 2);
};

/** A diagram of the program with another name for one of its elements. */
export const withName = (from: string, to: string, text = file('processes/return-visit/return-visit.bpmn')): string =>
  text.replaceAll(`name="${from}"`, `name="${to}"`);

export async function person(house: TestHouse, login: string): Promise<Actor> {
  const actor = actorOf(await house.house.directory(), login);
  if (!actor) throw new Error(`nobody is called ${login}`);
  return actor;
}

/** Begins a draft as somebody would in an editor. */
export async function draft(
  house: TestHouse,
  login: string,
  design: {
    kind: DesignKind;
    id: string;
    content: string;
    examples?: string | null;
    processId?: string;
    basedOn: number | null;
  },
): Promise<void> {
  const actor = await person(house, login);
  await house.house.transaction(actor, (unit) => beginDraft(sqlOf(unit.em), design, { actor, now: house.clock.now() }));
}

/** Leaves one scenario, the shortest: every check of a release replays those it may change, each in a house of its own. */
export async function oneScenario(house: Pick<TestHouse, 'house'>): Promise<void> {
  await house.house.sql.query(`update scenario set dropped = true where name <> '当场答复，当场办结'`);
}
