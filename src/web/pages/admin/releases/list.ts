import { may } from '../../../../modules/access/index.ts';
import {
  listDrafts,
  listReleases,
  RELEASE_KINDS,
  RELEASE_STATES,
  type ReleaseState,
} from '../../../../modules/processes/index.ts';
import { format } from '../../../format.ts';
import type { House } from '../../../house.ts';
import type { problemViews } from '../../../plain-form.ts';
import { type Ask, textOf } from '../../../route.ts';
import { calendarBar } from '../frame.ts';

const OPEN: readonly ReleaseState[] = ['DRAFT', 'CHECKED', 'IN_REVIEW', 'APPROVED', 'SCHEDULED', 'RETURNED', 'FAILED'];

/** What the list is narrowed to, in its order. */
const FILTERS: readonly [string, string, readonly ReleaseState[] | undefined][] = [
  ['open', '没有办完的', OPEN],
  ['review', '待复核', ['IN_REVIEW']],
  ['scheduled', '待生效', ['SCHEDULED']],
  ['done', '已发布', ['PUBLISHED', 'ROLLED_BACK']],
  ['all', '全部', undefined],
];

/** Colour of a state, beside its word. */
export const stateBadge = (state: ReleaseState): string =>
  ({ PUBLISHED: ' badge--ok', FAILED: ' badge--red', RETURNED: ' badge--orange', IN_REVIEW: ' badge--info' })[
    state as string
  ] ?? '';

/** The releases there are, and the drafts one could be made of. */
export async function showList(
  house: House,
  { req, res, actor }: Ask,
  problems: ReturnType<typeof problemViews>,
): Promise<void> {
  const asked = textOf(req.query.state);
  const open = await listReleases(house.sql, { states: OPEN });
  // Who comes without a wish sees what is open; where nothing is, everything.
  const filter =
    FILTERS.find(([name]) => name === asked) ?? FILTERS.find(([name]) => name === (open.length > 0 ? 'open' : 'all'))!;
  const releases = await listReleases(house.sql, filter[2] ? { states: filter[2] } : {});
  const taken = await house.sql.query<{ kind: string; design_id: string; release_id: string }>(
    `select i.kind, i.design_id, i.release_id from release_item i join release r on r.id = i.release_id where r.state = any($1::text[])`,
    [OPEN],
  );
  const people = await house.directory();
  const drafts = may(actor, 'design.edit') ? await listDrafts(house.sql) : [];
  res.status(problems.length > 0 ? 422 : 200).render('admin/releases/list', {
    title: '发布',
    problems,
    filters: FILTERS.map(([name, title]) => ({ name, title, current: name === filter[0] })),
    releases: releases.map((release) => ({
      ...release,
      stateTitle: RELEASE_STATES[release.state],
      badge: stateBadge(release.state),
      at: format.time(release.createdAt),
      effective: release.publishedAt
        ? format.time(release.publishedAt)
        : release.effectiveAt
          ? format.time(release.effectiveAt)
          : '',
    })),
    drafts: drafts
      .filter((draft) => !taken.some((item) => item.kind === draft.kind && item.design_id === draft.id))
      .map((draft) => ({
        value: `${draft.kind}:${draft.id}`,
        kind: RELEASE_KINDS[draft.kind],
        id: draft.id,
        base: draft.basedOn ? `从第 ${draft.basedOn} 版改起` : '新建',
        edited: `${people.user(draft.editedBy)?.name ?? draft.editedBy} ${format.short(draft.editedAt)}`,
      })),
    bar: await calendarBar(house),
  });
}
