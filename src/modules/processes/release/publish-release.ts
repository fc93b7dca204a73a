import { rehearseIn } from '../../../db/rehearse.ts';
import type { Database, Sql } from '../../../db/sql.ts';
import { CommandRejected, type DeployedProcess, DeploymentRejected, type ProcessEngine } from '../../../engine/port.ts';
import { type Actor, SYSTEM_ACTOR } from '../../../kernel/actor.ts';
import { conflict, isDomainError } from '../../../kernel/errors.ts';
import { publishRuleSet } from '../../rules/index.ts';
import { noteVersions, type ProcessFile, processesInForce } from '../catalogue.ts';
import { publishForm } from '../form-versions.ts';
import { publishScenario } from '../scenarios.ts';
import { newestVersion } from './in-force.ts';
import {
  type By,
  findRelease,
  noteOnDesigns,
  noteRelease,
  onBehalfOf,
  type Previous,
  type Release,
  type ReleaseItem,
  writeRelease,
} from './release.ts';

/** What publishing needs of the house. */
export interface PublishWork {
  database: Database;
  engine: Pick<ProcessEngine, 'deploy'>;
  now(): Date;
  uuid(): string;
  /** Publishes a year of the calendar and moves the clocks, in the transaction; answers the calendar's version and what was in force before. */
  publishCalendar(
    sql: Sql,
    content: string,
    by: By & { reason: string },
  ): Promise<{ version: number; previous: string | null }>;
  /** Tells of what is no answer to a person. */
  failed(error: unknown): void;
}

/** A node that dies while it publishes is waited for so long; then another one does it again, from the beginning and to the same effect. */
const CLAIM_MS = 5 * 60_000;

/**
 * Puts a signed release into force as one recorded act. The order is fixed so that a failure anywhere leaves the old versions in force:
 * everything is rehearsed first, then the engine takes the diagrams, then one transaction writes all versions, the release and its history.
 * Whoever else tries at the same time does nothing.
 */
export async function publishRelease(work: PublishWork, id: string): Promise<Release['state']> {
  const claim = work.uuid();
  const release = await take(work, id, claim);
  if (!release) return (await findRelease(work.database, id)).state;
  const by = { actor: publisherOf(release), now: work.now() };
  const files = diagramsOf(release);
  let deployed: DeployedProcess[] = [];
  try {
    await rehearse(work, release, by);
    if (files.length > 0)
      deployed = await work.engine.deploy(files.map((file) => ({ name: file.resource, content: file.xml })));
    await work.database.transaction((tx) => putIntoForce(tx, work, release, { ...by, claim, deployed, files }));
    return 'PUBLISHED';
  } catch (error) {
    if (deployed.length > 0) await takeBack(work, release);
    return fail(work, id, claim, error, by);
  }
}

/** Releases whose time has come, the oldest first. */
export async function dueReleases(sql: Sql, now: Date): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from release where (state = 'APPROVED' or (state = 'SCHEDULED' and effective_at <= $1))
       and (claim is null or claimed_until <= $1) order by coalesce(effective_at, submitted_at), id`,
    [now.toISOString()],
  );
  return rows.map((row) => row.id);
}

async function take(work: PublishWork, id: string, claim: string): Promise<Release | undefined> {
  return work.database.transaction(async (tx) => {
    const now = work.now();
    const taken = await tx.query(
      `update release set claim = $2, claimed_until = $3 where id = $1 and (claim is null or claimed_until <= $4)
         and (state = 'APPROVED' or (state = 'SCHEDULED' and effective_at <= $4)) returning 1`,
      [id, claim, new Date(now.getTime() + CLAIM_MS).toISOString(), now.toISOString()],
    );
    return taken.length > 0 ? findRelease(tx, id) : undefined;
  });
}

const publisherOf = (release: Release): Actor =>
  onBehalfOf(release.submittedBy ?? release.createdBy, release.submittedByName ?? release.createdByName);

const diagramsOf = (release: Release): ProcessFile[] =>
  release.items
    .filter((item) => item.kind === 'process')
    .map((item) => ({ processId: item.id, resource: `${item.id}.bpmn`, xml: item.content }));

/** Rules, forms and calendar are published and undone: what cannot be written is known before the engine is asked. */
const rehearse = (work: PublishWork, release: Release, by: By): Promise<void> =>
  rehearseIn(
    (all) => work.database.transaction(all),
    async (tx: Sql) => {
      await refuseIfOvertaken(tx, release);
      for (const item of release.items) if (item.kind !== 'process') await publishItem(tx, work, release, item, by);
    },
  );

async function refuseIfOvertaken(sql: Sql, release: Release): Promise<void> {
  for (const item of release.items.filter((one) => one.kind !== 'calendar')) {
    const newest = await newestVersion(sql, item);
    if ((newest?.version ?? null) !== item.basedOn)
      throw conflict(
        `“${item.title}”在用的已经是第 ${newest?.version} 版，这次发布是从${item.basedOn ? `第 ${item.basedOn} 版` : '空白'}改起的，没有发布。请在最新版本上重新做这处修改。`,
        { reason: 'release-overtaken' },
      );
  }
}

async function publishItem(
  tx: Sql,
  work: PublishWork,
  release: Release,
  item: ReleaseItem,
  by: By & { deployed?: readonly DeployedProcess[] },
): Promise<{ version: number; previous: Previous | null }> {
  const reason = `${release.reason}（发布单 ${release.id}）`;
  const before = await newestVersion(tx, item);
  if (item.kind === 'calendar') {
    const { version, previous } = await work.publishCalendar(tx, item.content, { ...by, reason });
    return {
      version,
      previous: previous === null ? null : { version: version - 1, content: previous, examples: null },
    };
  }
  if (item.kind === 'scenario') {
    const version = await publishScenario(tx, item.content, {
      ...by,
      reason: item.note ?? reason,
      release: release.id,
      processVersion: by.deployed?.find((one) => one.processId === item.processId)?.version ?? null,
    });
    return { version, previous: before };
  }
  const { version } =
    item.kind === 'rules'
      ? await publishRuleSet(
          tx,
          {
            id: item.id,
            content: item.content,
            examples: item.examples === null ? null : JSON.parse(item.examples),
            examplesText: item.examples,
            reason,
          },
          by,
        )
      : await publishForm(tx, { formId: item.id, processId: item.processId ?? '', content: item.content, reason }, by);
  return { version, previous: before };
}

/** Everything that is written, together or not at all. */
async function putIntoForce(
  tx: Sql,
  work: PublishWork,
  release: Release,
  by: By & { claim: string; deployed: readonly DeployedProcess[]; files: readonly ProcessFile[] },
): Promise<void> {
  const mine = await tx.query('select 1 from release where id = $1 and claim = $2 for update', [release.id, by.claim]);
  if (mine.length === 0) throw conflict('另一个节点接手了这次发布。', { reason: 'release-taken' });
  await refuseIfOvertaken(tx, release);
  const versions = new Map<ReleaseItem, number>();
  for (const item of release.items) {
    const done =
      item.kind === 'process'
        ? {
            version: by.deployed.find((one) => one.processId === item.id)!.version,
            previous: await newestVersion(tx, item),
          }
        : await publishItem(tx, work, release, item, by);
    versions.set(item, done.version);
    await tx.query(
      'update release_item set published_version = $4, previous = $5::jsonb where release_id = $1 and kind = $2 and design_id = $3',
      [release.id, item.kind, item.id, done.version, done.previous === null ? null : JSON.stringify(done.previous)],
    );
    await settleDraft(tx, item, done.version);
  }
  await noteVersions(tx, by.deployed, by.files, { ...by, reason: `${release.reason}（发布单 ${release.id}）` });
  await writeRelease(tx, release.id, {
    state: 'PUBLISHED',
    publishedAt: by.now,
    claim: null,
    claimedUntil: null,
    failure: null,
  });
  const published = { release: release.id, reportHash: release.reportHash };
  await noteOnDesigns(
    tx,
    release.items,
    'release.published',
    (item) => ({ ...published, version: versions.get(item) }),
    by,
  );
  await noteRelease(
    tx,
    release.id,
    'release.published',
    {
      ...published,
      signatures: release.signatures.map((signature) => signature.login),
      versions: release.items.map((item) => ({
        kind: item.kind,
        id: item.id,
        version: versions.get(item),
        hash: item.hash,
      })),
      ...(release.fast ? { fast: true } : {}),
    },
    by,
  );
  if (release.rollsBack) await closeRolledBack(tx, release, by);
}

async function closeRolledBack(tx: Sql, release: Release, by: By): Promise<void> {
  await writeRelease(tx, release.rollsBack!, { state: 'ROLLED_BACK', rolledBackBy: release.id });
  await noteRelease(tx, release.rollsBack!, 'release.rolled-back', { by: release.id, reason: release.reason }, by);
}

/** A draft that is published as it is has done its work; one that was kept on goes on from the new version. */
async function settleDraft(tx: Sql, item: ReleaseItem, version: number): Promise<void> {
  if (item.kind === 'calendar' || item.kind === 'scenario') return;
  await tx.query(
    'delete from design_draft where kind = $1 and id = $2 and content = $3 and (examples is null or examples is not distinct from $4)',
    [item.kind, item.id, item.content, item.examples],
  );
  await tx.query(
    'update design_draft set based_on = $3 where kind = $1 and id = $2 and based_on is not distinct from $4',
    [item.kind, item.id, version, item.basedOn],
  );
}

/** The engine has taken diagrams that could not be written down: it is given the ones in force again. */
async function takeBack(work: PublishWork, release: Release): Promise<void> {
  const ids = release.items.filter((item) => item.kind === 'process').map((item) => item.id);
  try {
    const inForce = (await processesInForce(work.database, [])).filter((file) => ids.includes(file.processId));
    if (inForce.length > 0)
      await work.engine.deploy(inForce.map((file) => ({ name: file.resource, content: file.xml })));
  } catch (error) {
    // The next start deploys what is in force.
    work.failed(error);
  }
}

/** What a person reads about a failure. */
function sentenceOf(error: unknown): string {
  if (error instanceof DeploymentRejected)
    return `流程引擎不接受：${error.problems.map((item) => `${item.elementName ?? item.elementId}：${item.reason}`).join('；')}`;
  if (error instanceof CommandRejected && error.code === 'UNAVAILABLE') return '连不上流程引擎。请在引擎恢复后再试。';
  if (error instanceof CommandRejected) return `流程引擎不接受：${error.message}`;
  if (isDomainError(error))
    return [error.message, ...error.problems.map((problem) => problem.message)].filter(Boolean).join('；');
  return '程序出错，没有发布。详情在运行日志里，请系统管理员查看后再试。';
}

async function fail(work: PublishWork, id: string, claim: string, error: unknown, by: By): Promise<Release['state']> {
  if (isDomainError(error) && error.reason === 'release-taken') return (await findRelease(work.database, id)).state;
  if (!isDomainError(error) && !(error instanceof CommandRejected)) work.failed(error);
  const reason = sentenceOf(error);
  await work.database.transaction(async (tx) => {
    const mine = await tx.query('select 1 from release where id = $1 and claim = $2 for update', [id, claim]);
    if (mine.length === 0) return;
    await writeRelease(tx, id, { state: 'FAILED', failure: reason, claim: null, claimedUntil: null });
    await noteRelease(tx, id, 'release.failed', { reason }, { ...by, actor: SYSTEM_ACTOR });
  });
  return 'FAILED';
}
