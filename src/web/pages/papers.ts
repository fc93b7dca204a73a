import { sqlOf } from '../../db/orm.ts';
import type { Actor } from '../../kernel/actor.ts';
import { isDomainError, notFound } from '../../kernel/errors.ts';
import { may, requirePermission } from '../../modules/access/index.ts';
import { type Demand, DemandEntity, REVEAL_REASONS } from '../../modules/demands/index.ts';
import {
  fillPersonal,
  findPrint,
  gatherFacts,
  PAPER_KINDS,
  type PaperKind,
  paperKind,
  papersFor,
  paperTitle,
  personalData,
  previewPaper,
  printPaper,
  printsOf,
} from '../../modules/papers/index.ts';
import { format } from '../format.ts';
import type { House, Unit } from '../house.ts';
import { visibleDemand } from '../load-demand.ts';
import { renderPdf } from '../papers/render-pdf.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { tellAuditors } from './demand/reveal.ts';

/** Printing (ui.md 8): the papers of a demand, each previewed, printed with a record, and drawn again as it was printed. */
export function paperPages(house: House): Route[] {
  const scope = '同诉求件；受理回执只给登记人';
  return [
    {
      method: 'get',
      path: '/demands/:number/print',
      permission: 'paper.print',
      scope: '同诉求件',
      handle: (ask) => list(house, ask),
    },
    {
      method: 'get',
      path: '/demands/:number/print/:doc',
      permission: 'paper.print',
      scope,
      handle: (ask) => preview(house, ask, []),
    },
    {
      method: 'post',
      path: '/demands/:number/print/:doc',
      permission: 'paper.print',
      scope,
      handle: (ask) => print(house, ask),
    },
    {
      method: 'get',
      path: '/demands/:number/print/:doc/:print',
      permission: 'paper.print',
      scope,
      handle: (ask) => show(house, ask),
    },
    {
      method: 'get',
      path: '/demands/:number/print/:doc/:print/pdf',
      permission: 'paper.print',
      scope,
      handle: (ask) => sendPdf(house, ask),
    },
    {
      method: 'get',
      path: '/demands/:number/receipt',
      permission: 'demand.register',
      scope: '本人登记的诉求',
      handle: ({ req, res }) =>
        res.redirect(302, `/demands/${encodeURIComponent(String(req.params.number))}/print/receipt`),
    },
  ];
}

function kindOf({ req, actor }: Ask): PaperKind {
  const kind = paperKind(String(req.params.doc));
  if (!kind) throw notFound('没有这种文书。请回到诉求件，从“打印”里选。');
  requirePermission(actor, kind.permission);
  return kind;
}

/** Whoever may read a demand may print it; the receipt, with the tracking code on it, is for whoever registered it. */
async function demandOf(unit: Unit, actor: Actor, kind: PaperKind | undefined, number: string): Promise<Demand> {
  if (kind?.id !== 'receipt') return visibleDemand(unit, actor, number);
  const demand = await unit.em.findOne(DemandEntity, { number, receivingOfficer: actor.login });
  if (!demand)
    throw notFound(
      `没有找到你登记的诉求 ${number.slice(0, 40)}。查询码和受理回执只能由登记人查看；请核对编号，或到台账查找。`,
    );
  return demand;
}

async function list(house: House, { req, res, actor }: Ask): Promise<void> {
  const view = await house.transaction(actor, async (unit) => {
    const demand = await visibleDemand(unit, actor, String(req.params.number));
    const papers = papersFor(PAPER_KINDS, await gatherFacts(unit, demand));
    const prints = await printsOf(sqlOf(unit.em), demand.id);
    return {
      demand: { number: demand.number, title: demand.title },
      papers: papers
        .filter(
          ({ kind }) =>
            may(actor, kind.permission) && (kind.id !== 'receipt' || demand.receivingOfficer === actor.login),
        )
        .map(({ kind, refusal }) => ({
          title: kind.title,
          refusal: refusal ?? '',
          href: `/demands/${demand.number}/print/${kind.id}`,
        })),
      prints: prints
        .filter((item) => item.kind !== 'receipt' || item.printedBy === actor.login)
        .map((item) => ({
          title: paperTitle(item.kind),
          number: item.numberText ?? '',
          by: item.printedByName,
          at: format.time(item.printedAt),
          code: codeOf(item.code),
          full: item.fullNames,
          href: `/demands/${demand.number}/print/${item.kind}/${item.id}`,
        })),
    };
  });
  res.render('papers/list', { title: `打印 ${view.demand.number}`, ...view });
}

async function preview(
  house: House,
  ask: Ask,
  problems: readonly { pointer: string; message: string }[],
): Promise<void> {
  const { req, res, actor } = ask;
  const kind = kindOf(ask);
  const view = await house.transaction(actor, async (unit) => {
    const demand = await demandOf(unit, actor, kind, String(req.params.number));
    const paper = await previewPaper(unit, demand, kind);
    const personal = await personalData(sqlOf(unit.em), demand, {
      login: actor.login,
      now: unit.clock.now(),
      full: false,
    });
    return { number: demand.number, ...paper, blocks: fillPersonal(paper.blocks, personal) };
  });
  res.status(problems.length > 0 ? 422 : view.refusal ? 409 : 200).render('papers/show', {
    ...common(kind, view.number),
    blocks: view.blocks,
    refusal: view.refusal ?? null,
    printed: null,
    foot: `编号 ${view.number}　预览，没有打印`,
    watermark: null,
    mayFull: may(actor, 'demand.reveal') && (kind.addressed === true || kind.style === 'TABLE'),
    reasons: Object.entries(REVEAL_REASONS),
    names: textOf(req.body?.names) ?? 'masked',
    chosen: textOf(req.body?.reason) ?? '',
    problems: problems.map((problem) => ({ href: `#f-${problem.pointer.slice(1)}`, message: problem.message })),
  });
}

const common = (kind: PaperKind, number: string) => ({
  title: kind.title,
  stylesheet: 'papers.css',
  style: kind.style.toLowerCase(),
  numberedKind: Boolean(kind.word),
  demand: { number },
  action: `/demands/${number}/print/${kind.id}`,
});

async function print(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const kind = kindOf(ask);
  const full = textOf(req.body.names) === 'full';
  if (full) requirePermission(actor, 'demand.reveal');
  let id: string;
  try {
    id = await house.transaction(actor, async (unit) => {
      const demand = await demandOf(unit, actor, kind, String(req.params.number));
      const { id, reveals } = await printPaper(
        unit,
        demand.id,
        kind,
        full ? { reason: textOf(req.body.reason) ?? '' } : {},
      );
      for (const reveal of reveals) await tellAuditors(unit, reveal);
      return id;
    });
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    return preview(house, ask, error.problems);
  }
  res.redirect(303, `/demands/${String(req.params.number)}/print/${kind.id}/${id}`);
}

/** A print as it was: its blocks, with names as this person may see them now. */
async function printed(house: House, ask: Ask) {
  const { req, actor } = ask;
  const kind = kindOf(ask);
  return house.transaction(actor, async (unit) => {
    const demand = await demandOf(unit, actor, kind, String(req.params.number));
    const sql = sqlOf(unit.em);
    const found = await findPrint(sql, demand.id, String(req.params.print));
    if (found?.kind !== kind.id) throw notFound('没有找到这次打印的文书。请回到诉求件，从“打印”里选。');
    const personal = await personalData(sql, demand, {
      login: actor.login,
      now: unit.clock.now(),
      full: found.fullNames && found.printedBy === actor.login,
    });
    const at = format.time(found.printedAt);
    return {
      kind,
      number: demand.number,
      print: found,
      full: personal.full,
      blocks: fillPersonal(found.blocks, personal),
      foot: `编号 ${demand.number}　打印人 ${found.printedByName}　${at}　核验码 ${codeOf(found.code)}`,
      watermark: personal.full ? `含完整信息 ${found.printedByName} ${at}` : null,
    };
  });
}

async function show(house: House, ask: Ask): Promise<void> {
  const { kind, number, print, full, blocks, foot, watermark } = await printed(house, ask);
  ask.res.render('papers/show', {
    ...common(kind, number),
    blocks,
    refusal: null,
    printed: {
      at: format.time(print.printedAt),
      by: print.printedByName,
      code: codeOf(print.code),
      number: print.numberText,
      // Names in full end with the reveal; after that the paper shows them masked.
      masked: print.fullNames && !full,
      pdf: `/demands/${number}/print/${kind.id}/${print.id}/pdf`,
    },
    foot,
    watermark,
    problems: [],
  });
}

async function sendPdf(house: House, ask: Ask): Promise<void> {
  const { kind, number, print, blocks, foot, watermark } = await printed(house, ask);
  const bytes = await renderPdf({ title: `${kind.title} ${number}`, style: kind.style, blocks, foot, watermark });
  ask.res
    .type('application/pdf')
    .set('Content-Disposition', `inline; filename="${number}-${kind.id}-${print.code}.pdf"`)
    .send(bytes);
}

/** `7F3A-19C2`, as it stands on paper. */
const codeOf = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`.toUpperCase();
