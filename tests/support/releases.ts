import { sqlOf } from '../../src/db/orm.ts';
import type { Database, Sql } from '../../src/db/sql.ts';
import type { ProcessEngine } from '../../src/engine/port.ts';
import type { Actor } from '../../src/kernel/actor.ts';
import {
  beginRelease,
  type Check,
  contentOf,
  draftsAsCandidates,
  explainWarnings,
  findRelease,
  keepReport,
  listProcessVersions,
  nextReleaseId,
  noteLook,
  type PublishWork,
  type Release,
  readDesigns,
  runChecks,
  signRelease,
  submitRelease,
  withdrawRelease,
} from '../../src/modules/processes/index.ts';
import { activeRuleSet, evaluateRuleSet, storeEvaluation } from '../../src/modules/rules/index.ts';
import { person } from './designs.ts';
import type { TestHouse } from './house.ts';

/** Who changes designs, and two who may sign what is not theirs. */
export const AUTHOR = 'jinqingming';
export const SECOND = 'zhaolichun';
export const THIRD = 'shuguyu';

export const lineOf = (release: Release, id: string): Check => release.report!.find((one) => one.id === id)!;

/** Decisions by the deadlines in force, on record under these keys; answers the rule set that made them. */
export async function recordDecisions(
  { house, clock }: TestHouse,
  day: string,
  keys: readonly string[] = ['one', 'two'],
) {
  const ruleSet = await activeRuleSet(house.sql, 'deadlines', day);
  const evaluation = await evaluateRuleSet(ruleSet, {});
  for (const key of keys)
    await storeEvaluation(house.sql, {
      key,
      ruleSet,
      subjectType: 'demand',
      subjectId: key,
      facts: {},
      evaluation,
      at: clock.now(),
    });
  clock.advance(1000);
  return ruleSet;
}

/** What people do with releases, step by step, without a browser. */
export class ReleaseDesk {
  readonly #house: TestHouse;

  constructor(house: TestHouse) {
    this.#house = house;
  }

  database(): Database {
    return this.#house.house.sql as Database;
  }

  /** Somebody does something in a unit of work. */
  async as<T>(login: string, work: (sql: Sql, by: { actor: Actor; now: Date }) => Promise<T>): Promise<T> {
    const actor = await person(this.#house, login);
    return this.#house.house.transaction(actor, (unit) =>
      work(sqlOf(unit.em), { actor, now: this.#house.clock.now() }),
    );
  }

  begin(designs: string, words: { effectiveAt?: Date } = {}): Promise<Release> {
    return this.as(AUTHOR, async (sql, by) => {
      const id = await nextReleaseId(sql, '2026-11-23');
      const candidates = await draftsAsCandidates(sql, readDesigns(designs));
      return beginRelease(sql, candidates, { ...by, id, reason: '试一试', ...words });
    });
  }

  async check(id: string): Promise<Release> {
    const release = await findRelease(this.database(), id);
    const report = await runChecks(this.#house.house.gate(), release);
    const of = { content: contentOf(release), revision: release.revision };
    await this.as(AUTHOR, (sql, by) => keepReport(sql, id, report, of, by));
    return findRelease(this.database(), id);
  }

  /** Writes a word for whatever there are warnings about. */
  async explainAll(id: string): Promise<void> {
    const release = await findRelease(this.database(), id);
    const warned = release.report!.filter((one) => one.state === 'warning');
    const words = Object.fromEntries(warned.map((one) => [one.id, '已核对']));
    await this.as(AUTHOR, (sql, by) => explainWarnings(sql, id, words, release.revision, by));
  }

  async submit(id: string, required = 1): Promise<Release> {
    const { revision } = await findRelease(this.database(), id);
    await this.as(AUTHOR, (sql, by) => submitRelease(sql, id, { revision, required }, by));
    return findRelease(this.database(), id);
  }

  /** Checked, explained and sent. */
  async send(id: string, required = 1): Promise<Release> {
    await this.check(id);
    await this.explainAll(id);
    return this.submit(id, required);
  }

  async look(id: string, login: string): Promise<void> {
    const release = await findRelease(this.database(), id);
    await this.as(login, async (sql, by) => {
      for (const item of release.items) await noteLook(sql, release, item, by);
    });
  }

  async lookAndSign(id: string, login = SECOND): Promise<Release['state']> {
    await this.look(id, login);
    const { revision } = await findRelease(this.database(), id);
    return this.as(login, (sql, by) => signRelease(sql, id, revision, by));
  }

  /** Withdrawn, with its drafts. */
  async drop(id: string): Promise<void> {
    const { revision, items } = await findRelease(this.database(), id);
    await this.as(AUTHOR, (sql, by) => withdrawRelease(sql, id, { revision, reason: '不要了' }, by));
    await this.as(AUTHOR, async (sql) => {
      for (const item of items)
        await sql.query('delete from design_draft where kind = $1 and id = $2', [item.kind, item.id]);
    });
  }

  /** A node's view of publishing, with another engine or database where one is wanted. */
  node(engine: Pick<ProcessEngine, 'deploy'>, database: Database = this.database()): PublishWork {
    return {
      database,
      engine,
      now: () => this.#house.clock.now(),
      uuid: () => this.#house.house.ids.uuid(),
      publishCalendar: () => Promise.reject(new Error('no calendar here')),
      failed() {},
    };
  }

  async newestOf(id: string) {
    return (await listProcessVersions(this.database())).find((item) => item.processId === id)!;
  }
}
