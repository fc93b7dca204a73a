import type { Composed } from '../../compose.ts';
import { sqlOf } from '../../db/orm.ts';
import { type Actor, SYSTEM_ACTOR } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { invalid } from '../../kernel/errors.ts';
import { actorOf, may, type Permission } from '../../modules/access/index.ts';
import {
  beginRelease,
  type Candidate,
  type Check,
  contentOf,
  type DesignInForce,
  designsInForce,
  explainWarnings,
  findRelease,
  keepReport,
  nextReleaseId,
  RELEASE_STATES,
  type Release,
  type ReleaseState,
  runChecks,
  scenarioIn,
  scenarioKey,
  submitRelease,
} from '../../modules/processes/index.ts';
import { type DesignFile, readDesignFolder } from './read-folder.ts';

type House = Composed['house'];

export interface DeployOptions {
  by?: string;
  reason?: string;
  basis?: string;
  /** Why warnings are accepted. */
  accept?: string;
  effectiveAt?: Date | null;
  /** Do it; without, only what would be done is said. */
  yes?: boolean;
  /** Leave it waiting for whoever signs. */
  signLater?: boolean;
}

export interface Deployed {
  code: 0 | 1;
  /** What is said, line by line. */
  lines: string[];
  changed: { kind: string; id: string; path: string; from: number | null }[];
  checks: readonly Check[];
  release: string | null;
  state: ReleaseState | null;
}

/**
 * Takes a folder through the publish gate: what differs from what is in force is released together. Nothing is written unless every check
 * passes and `yes` is said; the second signature is not given here.
 */
export async function deployDesigns(house: House, folder: string, options: DeployOptions): Promise<Deployed> {
  const { files, strange } = await readDesignFolder(folder);
  if (strange.length > 0)
    throw invalid(
      '没有部署：有认不出的文件',
      strange.map((path) => ({
        pointer: path,
        message:
          '不在该在的地方。流程图是 processes/<编号>/<编号>.bpmn，表单是 processes/<编号>/forms/<编号>.form，规则是 rules/<编号>.rules.json。',
      })),
    );
  const inForce = await designsInForce(house.sql);
  requireDiagrams(inForce);
  const candidates = changedFiles(files, inForce, {
    by: options.by ?? SYSTEM_ACTOR.login,
    reason: options.reason ?? '',
  });
  const changed = candidates.map(({ kind, id, basedOn, path }) => ({ kind, id, path, from: basedOn }));
  const said = { changed, checks: [] as readonly Check[], release: null, state: null };
  if (candidates.length === 0) return { ...said, code: 0, lines: ['没有变化。'] };
  const lines = changed.map((item) => `${item.path}　${item.from ? `从第 ${item.from} 版改起` : '新建'}`);

  const checks = await runChecks(house.gate(), await rehearsal(house, candidates, options));
  lines.push(...checks.flatMap(inLines));
  const failed = checks.filter((check) => check.state === 'failed');
  if (failed.length > 0)
    return {
      ...said,
      checks,
      code: 1,
      lines: [...lines, `没有部署：${failed.length} 项检查没有通过。什么都没有改变。`],
    };
  if (!options.yes)
    return { ...said, checks, code: 0, lines: [...lines, '以上是试算，什么都没有改变。确认后加 --yes。'] };
  return { ...said, checks, ...(await sendRelease(house, candidates, checks, options, lines)) };
}

/** Before the first start nothing is in force that a file could be compared with. */
export function requireDiagrams(inForce: readonly DesignInForce[]): void {
  if (!inForce.some((design) => design.kind === 'process'))
    throw invalid('数据库里还没有流程图。请先启动一次服务（npm start），再导出或部署。');
}

type Changed = Candidate & { path: string };

/** Files whose text is another than what is in force. */
function changedFiles(
  files: readonly DesignFile[],
  inForce: readonly DesignInForce[],
  { by, reason }: { by: string; reason: string },
): Changed[] {
  const known = (kind: string, id: string) => inForce.find((one) => one.kind === kind && one.id === id);
  return files.flatMap((file): Changed[] => {
    if (file.kind === 'examples') return [];
    if (file.kind === 'scenario') return changedScenario(file, inForce, { by, reason });
    const before = known(file.kind, file.id);
    const examples = files.find((one) => one.kind === 'examples' && one.id === file.id)?.content;
    const examplesBefore = known('examples', file.id)?.content ?? null;
    const same = before?.content === file.content && before.path === file.path;
    if (same && (file.kind !== 'rules' || examples === undefined || examples === examplesBefore)) return [];
    return [
      {
        kind: file.kind,
        id: file.id,
        path: file.path,
        content: file.content,
        examples: file.kind === 'rules' ? (examples ?? examplesBefore) : null,
        processId: file.processId,
        basedOn: before?.version ?? null,
        authors: [by],
      },
    ];
  });
}

/** What a scenario expects is countersigned like a design; a file that is none is refused with its place. */
function changedScenario(
  file: DesignFile,
  inForce: readonly DesignInForce[],
  { by, reason }: { by: string; reason: string },
): Changed[] {
  const before = inForce.find((one) => one.path === file.path);
  if (before?.content === file.content) return [];
  const { name, process } = scenarioIn(file.processId!, `${file.id}.json`, file.content);
  return [
    {
      kind: 'scenario',
      id: scenarioKey(process, name),
      path: file.path,
      content: file.content,
      processId: process,
      basedOn: before?.version ?? null,
      authors: [by],
      note: reason || null,
    },
  ];
}

class Undo extends Error {}

/** The release as it would be: begun and undone. */
export async function rehearsal(
  house: House,
  candidates: readonly Candidate[],
  options: DeployOptions,
): Promise<Release> {
  let begun: Release | undefined;
  await house
    .transaction(SYSTEM_ACTOR, async (unit) => {
      begun = await beginRelease(sqlOf(unit.em), candidates, {
        actor: SYSTEM_ACTOR,
        now: house.clock.now(),
        id: 'rehearsal',
        effectiveAt: options.effectiveAt ?? null,
      });
      throw new Undo();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error;
    });
  return begun!;
}

/** Who does it, by login: on the command line as in the browser it takes the right. */
export async function someone(
  house: Pick<House, 'directory'>,
  login: string | undefined,
  wish: { permission: Permission; what: string },
): Promise<Actor> {
  if (!login) throw invalid(`请写明是谁${wish.what}：--by 登录名。`);
  const actor = actorOf(await house.directory(), login);
  if (!actor) throw invalid(`没有用户“${login}”。请核对 --by 后面的登录名。`);
  if (!may(actor, wish.permission)) throw invalid(`${actor.name}不是流程管理员，不能${wish.what}。`);
  return actor;
}

/** Begun, checked and sent in one transaction: a release that cannot be sent is not left behind. */
export async function sendRelease(
  house: House,
  candidates: readonly Candidate[],
  checks: readonly Check[],
  options: DeployOptions,
  said: readonly string[],
  wish: { permission: Permission; what: string } = { permission: 'design.edit', what: '部署' },
): Promise<Pick<Deployed, 'code' | 'lines' | 'release' | 'state'>> {
  const actor = await someone(house, options.by, wish);
  const by = { actor, now: house.clock.now() };
  const done = await house.transaction(actor, async (unit) => {
    const sql = sqlOf(unit.em);
    const required = (await unit.parameters({ orgCode: actor.orgCode })).number('release.signatures');
    if (required > 0 && !options.signLater)
      throw invalid(
        `发布要 ${required} 人复核，命令行不能代签。加 --sign-later：建立等待复核的发布单，由另一个人在网页上批准。`,
      );
    const begun = await beginRelease(sql, candidates, {
      ...by,
      id: await nextReleaseId(sql, shanghaiDate(by.now)),
      reason: options.reason ?? '',
      basis: options.basis ?? '',
      effectiveAt: options.effectiveAt ?? null,
      source: 'cli',
    });
    await keepReport(sql, begun.id, checks, { content: contentOf(begun), revision: begun.revision }, by);
    const warned = checks.filter((check) => check.state === 'warning');
    const words = Object.fromEntries(warned.map((check) => [check.id, options.accept ?? '']));
    await explainWarnings(sql, begun.id, words, begun.revision + 1, by);
    const state = await submitRelease(sql, begun.id, { revision: begun.revision + 2, required }, by);
    return { id: begun.id, state, required };
  });
  return finish(house, done.id, done.state, said, done.required);
}

async function finish(house: House, id: string, state: ReleaseState, said: readonly string[], required: number) {
  const after = state === 'APPROVED' ? await house.publishRelease(id) : state;
  const failure = after === 'FAILED' ? (await findRelease(house.sql, id)).failure : '';
  const last = {
    IN_REVIEW: `发布单 ${id} 已建立，等 ${required} 人复核：/releases/${id}`,
    SCHEDULED: `发布单 ${id} 到生效时间自动发布。`,
    APPROVED: `发布单 ${id} 已批准：正在运行的服务半分钟内发布生效；没有运行的，下次启动后发布。`,
    PUBLISHED: `发布单 ${id} 已发布生效。`,
    FAILED: `发布单 ${id} 没有发布成：${failure}在用的版本没有变。`,
  }[after as string];
  return {
    code: after === 'FAILED' ? (1 as const) : (0 as const),
    lines: [...said, last ?? `发布单 ${id}：${RELEASE_STATES[after]}。`],
    release: id,
    state: after,
  };
}

const SIGNS = { passed: '✓', warning: '△', failed: '✗', 'not-run': '—' } as const;

/** A line of the report with what it found. */
export const inLines = (check: Check): string[] => [
  `${SIGNS[check.state]} ${check.title}：${check.summary}`,
  ...check.findings.map((finding) =>
    [
      `    ${finding.severity === 'error' ? '错误' : '警告'} ${finding.where}：${finding.what}`,
      finding.mend ? `怎样改：${finding.mend}` : '',
    ]
      .filter(Boolean)
      .join('　'),
  ),
];
