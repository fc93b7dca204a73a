import { may } from '../../../../modules/access/index.ts';
import { type DesignKind, releasesOfVersions, runningOf } from '../../../../modules/processes/index.ts';
import { format, longDay } from '../../../format.ts';
import type { House } from '../../../house.ts';
import type { Ask, Route } from '../../../route.ts';
import { showDiff } from './diff.ts';
import { KINDS, subjectAsked } from './subject.ts';

/** P21: every version of a diagram, a form, a rule set, and what differs between two of them. An old version begins a new draft. */
export const comparePages = (house: House): Route[] =>
  (Object.keys(KINDS) as DesignKind[]).flatMap((kind): Route[] => {
    const { path, permission } = KINDS[kind];
    const common = { method: 'get', permission, scope: '全部版本（件数，不含个人信息）' } as const;
    return [
      { ...common, path: `${path}/versions`, handle: (ask) => showVersions(house, kind, ask) },
      { ...common, path: `${path}/diff`, handle: (ask) => showDiff(house, kind, ask) },
    ];
  });

async function showVersions(house: House, kind: DesignKind, ask: Ask): Promise<void> {
  const subject = await subjectAsked(house, kind, ask);
  const [people, releases, running] = await Promise.all([
    house.directory(),
    releasesOfVersions(house.sql, kind, subject.id),
    kind === 'process' ? runningOf(house.sql) : undefined,
  ]);
  const byVersion = running && (running.get(subject.id)?.byVersion ?? new Map<number, number>());
  const person = (login: string) => people.user(login)?.name ?? (login === 'system' ? '系统' : login);
  const newest = subject.versions[0]?.version;
  ask.res.render('design/versions/list', {
    title: `${subject.title}：版本`,
    stylesheet: 'compare.css',
    subject,
    designs: may(ask.actor, 'design.edit'),
    draft: subject.draft
      ? { by: person(subject.draft.editedBy), at: format.short(subject.draft.editedAt), basedOn: subject.draft.basedOn }
      : null,
    versions: subject.versions.map((item, index) => ({
      version: item.version,
      state: stateOf(item.version === newest, byVersion?.get(item.version) ?? 0),
      from: item.from ? longDay(item.from) : format.time(item.at),
      by: person(item.by),
      reviewers: releases.get(item.version)?.reviewers ?? [],
      release: releases.get(item.version)?.release ?? null,
      reason: item.reason,
      active: byVersion ? (byVersion.get(item.version) ?? 0) : null,
      before: subject.versions[index + 1]?.version ?? null,
    })),
  });
}

function stateOf(isNewest: boolean, active: number): string {
  if (isNewest) return '在用';
  return active > 0 ? '旧版，仍有在办' : '旧版';
}
