import type { Actor } from '../../kernel/actor.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, isDomainError, notFound } from '../../kernel/errors.ts';
import { may } from '../../modules/access/index.ts';
import {
  addDays,
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
  restoreParagraph,
  returnBulletin,
  type Snapshot,
  saveBulletinDraft,
  signBulletin,
  submitBulletin,
  weekPeriod,
} from '../../modules/statistics/index.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { renderPdf } from '../papers/render-pdf.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { periodChoices } from './statistics/asked.ts';
import { annexSheets, bulletinView } from './statistics/bulletin-view.ts';
import { bulletinBlocks } from './statistics/paper-blocks.ts';
import { sendSheets } from './statistics/sheets.ts';
import { tellBulletin } from './statistics/tell-bulletin.ts';

const SCOPE = '本单位的通报，和发布给本单位的通报；市局看已发布的全部';

/** P15: bulletins (通报): generated, edited, signed, published, archived, corrected. Its routes are one table, so the file is longer than usual. */
export function bulletinPages(house: House): Route[] {
  const step = (
    name: string,
    permission: 'bulletin.write' | 'bulletin.sign',
    run: (unit: Unit, id: string, body: Record<string, unknown>) => Promise<Bulletin>,
  ): Route => ({
    method: 'post',
    path: `/bulletins/:id/${name}`,
    permission,
    scope: '本单位的通报',
    async handle(ask) {
      const { req, res, actor } = ask;
      try {
        const { id } = await house.transaction(actor, async (unit) => {
          const bulletin = await run(unit, String(req.params.id), req.body);
          await tellBulletin(unit, name, bulletin);
          return bulletin;
        });
        res.redirect(303, `/bulletins/${encodeURIComponent(id)}?ok=bulletin-${name}`);
      } catch (error) {
        if (!isDomainError(error) || error.code !== 'Invalid') throw error;
        await show(house, ask, error.problems);
      }
    },
  });
  return [
    {
      method: 'get',
      path: '/bulletins',
      permission: 'statistics.read',
      scope: SCOPE,
      handle: (ask) => list(house, ask, []),
    },
    {
      method: 'post',
      path: '/bulletins',
      permission: 'bulletin.write',
      scope: '本单位',
      handle: (ask) => begin(house, ask),
    },
    {
      method: 'get',
      path: '/bulletins/:id',
      permission: 'statistics.read',
      scope: SCOPE,
      handle: (ask) => show(house, ask, []),
    },
    {
      method: 'get',
      path: '/bulletins/:id/print',
      permission: 'statistics.read',
      scope: SCOPE,
      async handle(ask) {
        const { bulletin, snapshot } = await seen(house, ask.actor, String(ask.req.params.id));
        const view = await bulletinView(house, bulletin, snapshot);
        ask.res.render('bulletins/print', {
          ...view,
          title: `打印：${bulletin.title}`,
          problems: [],
          stylesheet: 'papers.css',
          blocks: bulletinBlocks(view),
          foot: footOf(house, ask.actor, snapshot),
        });
      },
    },
    {
      method: 'get',
      path: '/bulletins/:id/pdf',
      permission: 'statistics.read',
      scope: SCOPE,
      async handle({ req, res, actor }) {
        const { bulletin, snapshot } = await seen(house, actor, String(req.params.id));
        const bytes = await renderPdf({
          title: bulletin.title,
          style: 'LETTER',
          blocks: bulletinBlocks(await bulletinView(house, bulletin, snapshot)),
          foot: footOf(house, actor, snapshot),
          watermark: ['DRAFT', 'IN_REVIEW'].includes(bulletin.status) ? '没有签发' : null,
        });
        res
          .type('application/pdf')
          .set('Content-Disposition', `inline; filename*=UTF-8''${encodeURIComponent(bulletin.title)}.pdf`)
          .send(bytes);
      },
    },
    {
      method: 'get',
      path: '/bulletins/:id/annex',
      permission: 'statistics.read',
      scope: SCOPE,
      async handle({ req, res, actor }) {
        const { bulletin, snapshot } = await seen(house, actor, String(req.params.id));
        const note = `${bulletin.title}，附件；口径 ${snapshot.definitionVersion} 版，不含剔除，数据时点 ${format.time(snapshot.dataAt)}，核验码 ${snapshot.hash.slice(0, 8)}`;
        await sendSheets(res, `${bulletin.title}-附件`, 'xlsx', annexSheets(snapshot.content), note);
      },
    },
    {
      method: 'post',
      path: '/bulletins/:id/draft',
      permission: 'bulletin.write',
      scope: '本单位的通报',
      handle: (ask) => draft(house, ask),
    },
    step('sign', 'bulletin.sign', (unit, id, body) => signBulletin(unit, id, revisionOf(body))),
    step('return', 'bulletin.sign', (unit, id, body) =>
      returnBulletin(unit, id, textOf(body.opinion) ?? '', revisionOf(body)),
    ),
    step('publish', 'bulletin.write', (unit, id, body) => {
      const revision = revisionOf(body);
      return publishBulletin(unit, id, { bureaus: textsOf(body.bureaus), ...(revision ? { revision } : {}) });
    }),
    step('archive', 'bulletin.write', (unit, id, body) => archiveBulletin(unit, id, revisionOf(body))),
    step('correct', 'bulletin.write', (unit, id, body) => correctBulletin(unit, id, textOf(body.reason) ?? '')),
  ];
}

const textsOf = (value: unknown): string[] => [value].flat().filter((item): item is string => typeof item === 'string');
const revisionOf = (body: Record<string, unknown>): number | undefined => {
  const revision = Number(textOf(body._rev));
  return Number.isInteger(revision) && revision > 0 ? revision : undefined;
};

/** Somebody else's bulletin that is not published is not found, whether it exists or not. */
async function seen(
  house: House,
  actor: Actor,
  id: string,
): Promise<{ bulletin: Bulletin; snapshot: Snapshot<BulletinContent> }> {
  const bulletin = await findBulletin(house.sql, id);
  if (!bulletin || !maySeeBulletin(actor, bulletin)) throw notFound('没有找到这份通报，或者它还没有发布给你的单位。');
  return { bulletin, snapshot: (await findSnapshot<BulletinContent>(house.sql, bulletin.snapshotId))! };
}

async function list(
  house: House,
  { req, res, actor }: Pick<Ask, 'req' | 'res' | 'actor'>,
  problems: readonly FieldProblem[],
): Promise<void> {
  const directory = await house.directory();
  const now = house.clock.now();
  const week = weekPeriod(shanghaiDate(now));
  const weeks = [0, 7, 14, 21].map((days) => weekPeriod(addDays(week.from, -days)));
  const bulletins = await listBulletins(house.sql, actor);
  res.status(problems.length > 0 ? 422 : 200).render('bulletins/list', {
    title: '通报',
    problems: problems.map(({ message }) => ({ href: '#period', message })),
    bulletins: bulletins.map((bulletin) => ({
      ...bulletin,
      kindTitle: BULLETIN_KINDS[bulletin.kind],
      statusTitle: BULLETIN_STATUSES[bulletin.status],
      unit: directory.bureau(bulletin.orgCode)?.shortName ?? bulletin.orgCode,
      at: format.time(bulletin.publishedAt ?? bulletin.createdAt),
    })),
    mayWrite: may(actor, 'bulletin.write'),
    choices: [...periodChoices(now), { title: '周', periods: weeks }],
    chosen: textOf(req.body?.period) ?? '',
    waiting: may(actor, 'bulletin.sign')
      ? bulletins.filter((item) => item.status === 'IN_REVIEW' && item.orgCode === actor.orgCode).length
      : 0,
  });
}

/** Foot of every page: who printed it when, and the code of the frozen numbers. */
const footOf = (house: House, actor: Actor, snapshot: Pick<Snapshot, 'hash'>): string =>
  `打印人 ${actor.name}　时间 ${format.time(house.clock.now())}　核验码 ${snapshot.hash.slice(0, 8)}`;

async function begin(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  try {
    const bulletin = await house.transaction(actor, (unit) => beginBulletin(unit, textOf(req.body.period) ?? ''));
    res.redirect(303, `/bulletins/${encodeURIComponent(bulletin.id)}?ok=bulletin-created`);
  } catch (error) {
    if (!isDomainError(error)) throw error;
    // Twice clicked, or a colleague was faster: the one there is, is the answer.
    if (error.reason === 'bulletin-exists') return res.redirect(303, `/bulletins/${String(error.details.id)}`);
    if (error.code !== 'Invalid') throw error;
    await list(house, ask, error.problems);
  }
}

async function show(
  house: House,
  { req, res, actor }: Ask,
  problems: readonly FieldProblem[],
  unsaved: Partial<Bulletin> = {},
): Promise<void> {
  const { bulletin: stored, snapshot } = await seen(house, actor, String(req.params.id));
  const bulletin = { ...stored, ...unsaved };
  const own = bulletin.orgCode === actor.orgCode;
  const directory = await house.directory();
  const writes = own && may(actor, 'bulletin.write');
  const view = await bulletinView(house, bulletin, snapshot);
  const idOf = (pointer: string) => `b-${pointer.slice(1).replaceAll('.', '-')}`;
  res.status(problems.length > 0 ? 422 : 200).render('bulletins/show', {
    ...view,
    stylesheet: 'papers.css',
    blocks: bulletinBlocks(view),
    foot: `核验码 ${snapshot.hash.slice(0, 8)}`,
    problems: problems.map(({ pointer, message }) => ({ href: `#${idOf(pointer)}`, message })),
    errors: Object.fromEntries(problems.map(({ pointer, message }) => [pointer.slice(1), message])),
    can: {
      edit: writes && bulletin.status === 'DRAFT',
      sign: own && bulletin.status === 'IN_REVIEW' && may(actor, 'bulletin.sign') && bulletin.author !== actor.login,
      publish: writes && bulletin.status === 'SIGNED',
      archive: writes && bulletin.status === 'PUBLISHED',
      correct: writes && ['PUBLISHED', 'ARCHIVED'].includes(bulletin.status) && !bulletin.correctedBy,
    },
    own: bulletin.author === actor.login,
    bureaus:
      actor.bureauLevel === 'CITY'
        ? directory.bureaus()
        : directory.bureaus().filter(({ code }) => code === actor.orgCode),
    once: house.ids.uuid(),
    typed: { opinion: textOf(req.body?.opinion) ?? '', reason: textOf(req.body?.reason) ?? '' },
  });
}

/**
 * One form with several buttons: whatever is pressed, what has been typed is kept first. A number that differs is held against the frozen data when it
 * goes to review, and nothing that was typed is lost by that.
 */
async function draft(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.id);
  const [what, paragraph] = (textOf(req.body.do) ?? 'save').split(':') as [string, string | undefined];
  const here = `/bulletins/${encodeURIComponent(id)}`;
  let unsaved: Partial<Bulletin> = asTyped(req.body);
  try {
    const saved = await house.transaction(actor, (unit) =>
      saveBulletinDraft(unit, id, { ...typedDraft(req.body), ...revisionPart(req.body) }),
    );
    unsaved = {};
    await house.transaction(actor, async (unit) => {
      if (what === 'restore') await restoreParagraph(unit, id, paragraph ?? '', saved.revision);
      if (what === 'refetch') await refetchNumbers(unit, id, saved.revision);
      if (what === 'submit') await tellBulletin(unit, 'submit', await submitBulletin(unit, id, saved.revision));
    });
    res.redirect(303, `${here}?ok=bulletin-${['restore', 'refetch', 'submit'].includes(what) ? what : 'saved'}`);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    await show(house, ask, error.problems, unsaved);
  }
}

/** The draft as it was typed, for a page that says why it was not saved. */
function asTyped(body: Record<string, unknown>): Partial<Bulletin> {
  const { texts, reasons, title } = typedDraft(body);
  const edits = Object.entries(texts).map(([id, text]) => [id, { text, reason: reasons[id] ?? '' }] as const);
  return { ...(title === undefined ? {} : { title }), edits: Object.fromEntries(edits) };
}

const revisionPart = (body: Record<string, unknown>): { revision?: number } => {
  const revision = revisionOf(body);
  return revision ? { revision } : {};
};

/** Texts and reasons by paragraph, from the fields `text-1.2` and `reason-1.2`. */
function typedDraft(body: Record<string, unknown>) {
  const of = (prefix: string) =>
    Object.fromEntries(
      Object.entries(body).flatMap(([name, value]) =>
        name.startsWith(prefix) && typeof value === 'string' ? [[name.slice(prefix.length), value]] : [],
      ),
    );
  const one = (name: string) => (typeof body[name] === 'string' ? (body[name] as string) : undefined);
  const [title, documentNumber, copiesTo] = [one('title'), one('documentNumber'), one('copiesTo')];
  return {
    ...(title === undefined ? {} : { title }),
    ...(documentNumber === undefined ? {} : { documentNumber }),
    ...(copiesTo === undefined ? {} : { copiesTo }),
    texts: of('text-'),
    reasons: of('reason-'),
  };
}
