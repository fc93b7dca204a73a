import type { Actor } from '../../kernel/actor.ts';
import { invalid, notFound } from '../../kernel/errors.ts';
import {
  archiveBulletin,
  BULLETIN_KINDS,
  BULLETIN_STATUSES,
  type Bulletin,
  type BulletinContent,
  beginBulletin,
  correctBulletin,
  findBulletin,
  findSnapshot,
  listBulletins,
  maySeeBulletin,
  publishBulletin,
  refetchNumbers,
  returnBulletin,
  saveBulletinDraft,
  signBulletin,
  submitBulletin,
  writtenText,
} from '../../modules/statistics/index.ts';
import type { House, Unit } from '../house.ts';
import { tellBulletin } from '../pages/statistics/tell-bulletin.ts';
import type { Ask } from '../route.ts';
import type { ApiRoute } from './api-route.ts';
import { day, flag, instant, integer, type JsonSchema, list, object, oneOf, orNull, text } from './json-schema.ts';
import { bodyOf } from './read-body.ts';

const SCOPE = '本单位的通报，和发布给本单位的通报；市局看已发布的全部';

const HEAD = {
  id: text,
  orgCode: text,
  kind: oneOf(BULLETIN_KINDS),
  period: text,
  title: text,
  version: integer,
  status: oneOf(BULLETIN_STATUSES),
  signerName: orNull(text),
  signedAt: orNull(instant),
  publishedAt: orNull(instant),
  textHash: { ...orNull(text), description: '签发时全文的哈希' },
};

const INTAKE = object({
  registered: integer,
  direct: { ...integer, description: '当场办结和直接办理' },
  dispatched: { ...integer, description: '纳服派单' },
  channels: { type: 'object', additionalProperties: integer, description: '按渠道' },
  categories: { type: 'object', additionalProperties: integer, description: '按类别' },
});
const MEASURE = { type: 'object', description: '分子 counted、分母 among 或工作日 days' } as const;

const BULLETIN = object({
  ...HEAD,
  documentNumber: orNull(text),
  copiesTo: orNull(text),
  authorName: text,
  opinion: { ...orNull(text), description: '退回修改的意见' },
  publishedTo: list(text),
  corrects: orNull(text),
  correctionReason: orNull(text),
  correctedBy: orNull(text),
  revision: { ...integer, description: '改、签发时带上；不是最新的为冲突' },
  numbers: object({
    from: day,
    to: day,
    dataAt: { ...instant, description: '数据时点；以后不再变' },
    definitionVersion: text,
    hash: { ...text, description: '冻结数据的哈希；前 8 位是核验码' },
    intake: INTAKE,
    intakeBefore: { ...INTAKE, description: '上一期（环比）' },
    intakeYearBefore: { ...INTAKE, description: '去年同期（同比）' },
    indicators: {
      type: 'object',
      description: '按指标、再按单位，空代码为合计；含剔除 all、不含剔除 net',
      additionalProperties: {
        type: 'object',
        additionalProperties: { type: 'object', properties: { all: MEASURE, net: MEASURE } },
      },
    },
    units: { type: 'array', description: '承办单位情况', items: { type: 'object' } },
    tags: list(object({ tag: text, registered: integer, before: integer })),
    routes: { type: 'object', additionalProperties: integer, description: '分流件数，按途径' },
  }),
  sections: list(
    object({
      id: text,
      title: text,
      paragraphs: list(
        object({
          id: text,
          text: { ...text, description: '现在的文字' },
          generated: { ...text, description: '由冻结数据生成的文字' },
          edited: flag,
          reason: { ...text, description: '数字与冻结数据不一致的原因' },
          deviations: { type: 'array', items: { type: 'object' }, description: '与冻结数据不一致的数字' },
        }),
      ),
    }),
  ),
});

/** Bodies of the steps; `revision` may be left out. */
const REVISION = { revision: { ...integer, description: '最后看到的版本' } };
const texts: JsonSchema = { type: 'object', additionalProperties: text };
const BODIES = {
  draft: object(
    {
      ...REVISION,
      title: { ...text, maxLength: 100 },
      documentNumber: text,
      copiesTo: text,
      texts: { ...texts, description: '按段落编号给文字，例如 {"1.1": "…"}' },
      reasons: { ...texts, description: '数字不一致的原因，按段落编号' },
    },
    ['revision', 'title', 'documentNumber', 'copiesTo', 'texts', 'reasons'],
  ),
  revision: object(REVISION, ['revision']),
  return: object({ ...REVISION, opinion: text }, ['revision']),
  publish: object({ ...REVISION, bureaus: { ...list(text), description: '发布给哪些单位' } }, ['revision']),
  correct: object({ reason: text }),
};

interface Given {
  revision?: number;
  title?: string;
  documentNumber?: string;
  copiesTo?: string;
  texts?: Record<string, string>;
  reasons?: Record<string, string>;
  opinion?: string;
  bureaus?: string[];
  reason?: string;
}

/** Bulletins (通报, R30) over the API: frozen numbers with 环比 and 同比, text, and every step of the page. */
export function bulletinRoutes(house: House): ApiRoute[] {
  const step = (
    name: string,
    summary: string,
    permission: 'bulletin.write' | 'bulletin.sign',
    body: JsonSchema,
    run: (unit: Unit, id: string, given: Given) => Promise<Bulletin>,
  ): ApiRoute => ({
    method: 'post',
    path: `/bulletins/:id/${name}`,
    permission,
    scope: '本单位的通报',
    summary,
    body,
    answers: { 200: { description: '现在的通报', schema: BULLETIN } },
    problems: [409, 422],
    async handle(ask) {
      const given = givenIn(ask, body);
      const made = await house.transaction(ask.actor, async (unit) => {
        const after = await run(unit, String(ask.req.params.id), given);
        await tellBulletin(unit, name, after);
        return after;
      });
      ask.res.json(await bulletinJson(house, made));
    },
  });
  return [
    {
      method: 'get',
      path: '/bulletins',
      permission: 'statistics.read',
      scope: SCOPE,
      summary: '通报',
      answers: { 200: { description: '新的在前', schema: object({ items: list(object(HEAD)) }) } },
      handle: async ({ res, actor }) => void res.json({ items: (await listBulletins(house.sql, actor)).map(headJson) }),
    },
    {
      method: 'post',
      path: '/bulletins',
      permission: 'bulletin.write',
      scope: '本单位',
      summary: '生成通报：数字冻结，按数字写好文字',
      body: object({ period: { ...text, description: '2026-W48、2026-11、2026-Q4、2026' } }),
      answers: { 201: { description: '草稿', schema: BULLETIN } },
      problems: [409, 422],
      async handle(ask) {
        const { period } = bodyOf(ask);
        const made = await house.transaction(ask.actor, (unit) =>
          beginBulletin(unit, typeof period === 'string' ? period : ''),
        );
        ask.res.status(201).json(await bulletinJson(house, made));
      },
    },
    {
      method: 'get',
      path: '/bulletins/:id',
      permission: 'statistics.read',
      scope: SCOPE,
      summary: '一份通报：冻结的数字（含环比、同比的基数）和文字',
      answers: { 200: { description: '通报', schema: BULLETIN } },
      handle: async ({ req, res, actor }) =>
        void res.json(await bulletinJson(house, await seen(house, actor, String(req.params.id)))),
    },
    step('draft', '改草稿', 'bulletin.write', BODIES.draft, (unit, id, given) => saveBulletinDraft(unit, id, given)),
    step('refetch', '重取数字', 'bulletin.write', BODIES.revision, (unit, id, { revision }) =>
      refetchNumbers(unit, id, revision),
    ),
    step('submit', '送审', 'bulletin.write', BODIES.revision, (unit, id, { revision }) =>
      submitBulletin(unit, id, revision),
    ),
    step('sign', '签发；编写人不能签发', 'bulletin.sign', BODIES.revision, (unit, id, { revision }) =>
      signBulletin(unit, id, revision),
    ),
    step('return', '退回修改', 'bulletin.sign', BODIES.return, (unit, id, { opinion, revision }) =>
      returnBulletin(unit, id, opinion ?? '', revision),
    ),
    step('publish', '发布', 'bulletin.write', BODIES.publish, (unit, id, { bureaus, revision }) =>
      publishBulletin(unit, id, { bureaus: bureaus ?? [], ...(revision ? { revision } : {}) }),
    ),
    step('archive', '归档', 'bulletin.write', BODIES.revision, (unit, id, { revision }) =>
      archiveBulletin(unit, id, revision),
    ),
    step('correct', '更正：另成一份新的草稿', 'bulletin.write', BODIES.correct, (unit, id, { reason }) =>
      correctBulletin(unit, id, reason ?? ''),
    ),
  ];
}

/** Somebody else's bulletin that is not published is not found, whether it exists or not. */
async function seen(house: House, actor: Actor, id: string): Promise<Bulletin> {
  const bulletin = await findBulletin(house.sql, id);
  if (!bulletin || !maySeeBulletin(actor, bulletin)) throw notFound('没有找到这份通报，或者它还没有发布给你的单位。');
  return bulletin;
}

const KINDS: Record<string, { fits: (value: unknown) => boolean; said: string }> = {
  string: { fits: (value) => typeof value === 'string', said: '文字' },
  integer: { fits: (value) => Number.isInteger(value) && Number(value) > 0, said: '大于 0 的整数' },
  array: {
    fits: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    said: '文字的列表',
  },
  object: {
    fits: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((item) => typeof item === 'string'),
    said: '按段落编号给出的文字',
  },
};

function givenIn(ask: Ask, schema: JsonSchema): Given {
  const given = Object.entries(bodyOf(ask)).filter(([, value]) => value !== null);
  const problems = given.flatMap(([name, value]) => {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const known = Object.hasOwn(schema.properties!, name) ? KINDS[String(schema.properties![name]!.type)] : undefined;
    if (!known) return [{ pointer, message: `没有“${name.slice(0, 40)}”这一项，请去掉或核对名称。` }];
    return known.fits(value) ? [] : [{ pointer, message: `应当是${known.said}。` }];
  });
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，没有提交。`, problems);
  return Object.fromEntries(given);
}

const headJson = (item: Bulletin) => ({
  id: item.id,
  orgCode: item.orgCode,
  kind: item.kind,
  period: item.periodKey,
  title: item.title,
  version: item.version,
  status: item.status,
  signerName: item.signerName,
  signedAt: item.signedAt,
  publishedAt: item.publishedAt,
  textHash: item.textHash,
});

async function bulletinJson(house: House, bulletin: Bulletin) {
  const snapshot = (await findSnapshot<BulletinContent>(house.sql, bulletin.snapshotId))!;
  const { report, sections } = snapshot.content;
  return {
    ...headJson(bulletin),
    documentNumber: bulletin.documentNumber,
    copiesTo: bulletin.copiesTo,
    authorName: bulletin.authorName,
    opinion: bulletin.opinion,
    publishedTo: bulletin.publishedTo,
    corrects: bulletin.corrects,
    correctionReason: bulletin.correctionReason,
    correctedBy: bulletin.correctedBy,
    revision: bulletin.revision,
    numbers: {
      from: report.period.from,
      to: report.period.to,
      dataAt: snapshot.dataAt,
      definitionVersion: report.definitionVersion,
      hash: snapshot.hash,
      intake: report.intake,
      intakeBefore: report.intakeBefore,
      intakeYearBefore: report.intakeYearBefore,
      indicators: report.indicators,
      units: report.units,
      tags: report.tags,
      routes: report.routes,
    },
    sections: writtenText(sections, bulletin.edits).map((section) => ({
      id: section.id,
      title: section.title,
      paragraphs: section.paragraphs.map((paragraph) => ({
        id: paragraph.id,
        text: paragraph.written,
        generated: paragraph.text,
        edited: paragraph.edited,
        reason: paragraph.reason,
        deviations: paragraph.deviations,
      })),
    })),
  };
}
