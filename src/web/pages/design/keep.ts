import { sqlOf } from '../../../db/orm.ts';
import { isDomainError } from '../../../kernel/errors.ts';
import { acceptDiagram, type DesignDraft, draftOf, keepDraft } from '../../../modules/processes/index.ts';
import { wantsJson } from '../../error-handler.ts';
import { format } from '../../format.ts';
import type { House } from '../../house.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { DESIGN, draftAsked, nameIn } from './draft-words.ts';

/** Saving a draft, from the canvas, the table of elements and the XML alike. */
export function keepPages(house: House): Route[] {
  return [
    { method: 'post', path: '/processes/:id/draft/keep', ...DESIGN, handle: (ask) => keep(house, ask) },
    {
      method: 'post',
      path: '/processes/:id/draft/as-file',
      ...DESIGN,
      handle({ req, res }) {
        res
          .type('application/xml')
          .attachment(`${String(req.params.id).replace(/[^a-z0-9-]/g, '')}-mine.bpmn`)
          .send(String(req.body.xml ?? ''));
      },
    },
  ];
}

async function keep(house: House, ask: Ask): Promise<void> {
  const { req, res } = ask;
  const xml = String(req.body.xml ?? '').replaceAll('\r\n', '\n');
  const kept = await keepOr409(house, ask, xml, '/edit');
  if (!kept) return;
  if (wantsJson(req))
    return void res.json({
      revision: kept.revision,
      savedAt: kept.editedAt.toISOString(),
      at: format.clock(kept.editedAt),
    });
  const back = textOf(req.body.back) === 'xml' ? 'xml' : textOf(req.body.back) === 'nodes' ? 'nodes' : 'edit';
  res.redirect(303, `/processes/${kept.id}/${back}?ok=draft-kept`);
}

/** Keeps the text as the draft in the address; where somebody was faster, answers with both versions side by side. */
export async function keepOr409(
  house: House,
  { req, res, actor }: Ask,
  xml: string,
  back: string,
): Promise<DesignDraft | undefined> {
  const id = String(req.params.id);
  const revision = Number(req.body.revision) || 0;
  // Looked up first: what is not there is said to be not there, whatever was sent.
  await draftAsked(house, req);
  const { xml: content } = await acceptDiagram(xml, id);
  try {
    return await house.transaction(actor, (unit) =>
      keepDraft(sqlOf(unit.em), { kind: 'process', id, content, revision }, { actor, now: house.clock.now() }),
    );
  } catch (error) {
    if (!isDomainError(error) || error.reason !== 'draft-changed' || wantsJson(req)) throw error;
    await showConflict(house, { req, res, actor }, xml, back);
    return undefined;
  }
}

async function showConflict(house: House, { req, res }: Ask, mine: string, back: string): Promise<void> {
  const id = String(req.params.id);
  const now = await draftOf(house.sql, 'process', id);
  const people = await house.directory();
  res.status(409).render('design/conflict', {
    title: `${await nameIn(now.content, id)}：草稿刚刚被改过`,
    id,
    back,
    mine,
    revision: now.revision,
    by: people.user(now.editedBy)?.name ?? now.editedBy,
    at: format.time(now.editedAt),
  });
}
