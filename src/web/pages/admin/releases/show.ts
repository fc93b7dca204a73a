import { shanghaiDate, shanghaiTime } from '../../../../kernel/clock.ts';
import type { FieldProblem } from '../../../../kernel/errors.ts';
import { may } from '../../../../modules/access/index.ts';
import { eventTitle, readTimeline } from '../../../../modules/history/index.ts';
import {
  backtestsOf,
  CHECK_STATES,
  type Check,
  canRollBack,
  draftsMovedOn,
  explanationOf,
  findRelease,
  looksOf,
  OPEN_STATES,
  RELEASE_KINDS,
  RELEASE_STATES,
  type Release,
  runningOf,
  whyNotSign,
} from '../../../../modules/processes/index.ts';
import { format } from '../../../format.ts';
import type { House } from '../../../house.ts';
import { type FieldSpec, fieldViews, problemViews, type Typed } from '../../../plain-form.ts';
import type { Ask } from '../../../route.ts';
import { calendarBar } from '../frame.ts';
import { expectationField } from './expectation-field.ts';
import { stateBadge } from './list.ts';

const STEPS = ['草稿', '检查', '送复核', '已复核', '待生效', '已发布'];
const AT: Partial<Record<Release['state'], number>> = {
  DRAFT: 0,
  RETURNED: 0,
  CHECKED: 1,
  IN_REVIEW: 2,
  APPROVED: 3,
  FAILED: 3,
  SCHEDULED: 4,
  PUBLISHED: 5,
  ROLLED_BACK: 5,
};
const SIGNS = { passed: '✓', warning: '△', failed: '✗', 'not-run': '—' } as const;
const BADGES = { passed: ' badge--ok', warning: ' badge--yellow', failed: ' badge--red', 'not-run': '' } as const;
const SHOWN_FINDINGS = 30;

/** P25: one release with its report, its contents, and what may be done by whom. */
export async function showRelease(
  house: House,
  ask: Ask,
  problems: readonly FieldProblem[] = [],
  typed: Typed = {},
): Promise<void> {
  const { req, res, actor } = ask;
  const release = await findRelease(house.sql, String(req.params.id));
  const views = problemViews(problems);
  const events = await readTimeline(house.sql, 'release', release.id);
  const looked = await looksOf(house.sql, release, actor.login);
  const reviews = may(actor, 'release.sign') && release.state === 'IN_REVIEW';
  const whyNot = may(actor, 'release.sign') ? whyNotSign(release, actor) : undefined;
  const people = await house.directory();
  const edits = may(actor, 'design.edit');
  const open = OPEN_STATES.includes(release.state);
  res.status(problems.length > 0 ? 422 : 200).render('admin/releases/show', {
    title: `发布：${release.title}`,
    release,
    problems: views,
    stateTitle: RELEASE_STATES[release.state],
    badge: stateBadge(release.state),
    steps: STEPS.map((title, index) => {
      const at = AT[release.state] ?? -1;
      return { title, state: index < at || release.state === 'PUBLISHED' ? '已完成' : index === at ? '现在' : '' };
    }),
    checks: (release.report ?? []).map((check) => checkView(release, check, open && edits ? { typed, views } : null)),
    backtests: await backtestViews(house, ask, release),
    running: await runningOnOlder(house, release),
    manages: may(actor, 'instance.manage'),
    checkedAt: release.checkedAt ? `${release.checkedByName} ${format.time(release.checkedAt)}` : null,
    items: release.items.map((item) => ({
      ...item,
      kindTitle: RELEASE_KINDS[item.kind],
      href: `/releases/${release.id}/${item.kind}/${encodeURIComponent(item.id)}`,
      looked: looked.includes(item),
      authorNames: item.authors.map((login) => people.user(login)?.name ?? login).join('、'),
    })),
    looked: looked.length,
    moved: open ? await draftsMovedOn(house.sql, release) : [],
    words: open && edits ? wordFields(release, views, typed) : null,
    effective: release.effectiveAt ? format.time(release.effectiveAt) : '复核通过后立即生效',
    published: release.publishedAt ? format.time(release.publishedAt) : null,
    submitted: release.submittedAt ? `${release.submittedByName} ${format.time(release.submittedAt)}` : null,
    signed: release.signatures.map((signature) => `${signature.name} ${format.time(signature.at)}`),
    returned: release.returned ? { ...release.returned, at: format.time(release.returned.at) } : null,
    can: {
      sign: reviews && !whyNot,
      whyNot: reviews ? whyNot : undefined,
      withdraw: edits && [...OPEN_STATES, 'IN_REVIEW', 'APPROVED', 'SCHEDULED', 'FAILED'].includes(release.state),
      sendBack: may(actor, 'release.sign') && ['SCHEDULED', 'FAILED'].includes(release.state) && !whyNot,
      retry: edits && release.state === 'FAILED',
      rollBack: edits && canRollBack(release),
      rollBackNow:
        edits &&
        release.rollsBack !== null &&
        release.state === 'CHECKED' &&
        !release.stale &&
        release.items.every((item) => item.kind !== 'calendar') &&
        (release.report ?? []).every((check) => check.state !== 'failed'),
    },
    opinions: fieldsOf(
      [{ type: 'textarea', name: 'opinion', label: '退回意见', rows: 2, hint: '写明要改什么，作者会看到。' }],
      typed,
      views,
    ),
    withdrawal: fieldsOf(
      [{ type: 'textfield', name: 'withdrawReason', label: '撤回原因', required: true }],
      typed,
      views,
    ),
    rollBack: fieldsOf(
      [{ type: 'textfield', name: 'rollBackReason', label: '回退原因', required: true }],
      typed,
      views,
    ),
    events: events.map((event) => ({
      at: format.time(event.occurredAt),
      who: event.actorName,
      what: eventTitle(event.type),
      detail: detailOf(event.payload),
    })),
    bar: await calendarBar(house),
  });
}

const fieldsOf = (specs: FieldSpec[], typed: Typed, views: ReturnType<typeof problemViews>) =>
  fieldViews(specs, typed, views);

/** What was backtested of each rule set, who has opened it, and what is left to do. */
async function backtestViews(house: House, { actor }: Ask, release: Release) {
  const people = await house.directory();
  return (await backtestsOf(house.sql, release))
    .filter(({ history }) => history > 0)
    .map(({ item, run, other }) => ({
      id: item.id,
      title: item.title,
      href: (run || other) && may(actor, 'release.sign') ? `/rules/${item.id}/backtest/${(run ?? other)!.id}` : null,
      made: run ? format.time(run.begunAt) : null,
      running: !run && other && ['WAITING', 'RUNNING'].includes(other.state) ? other : null,
      seen: (run?.seen ?? []).map(({ login, at }) => `${people.user(login)?.name ?? login} ${format.time(at)}`),
      mine: run?.seen.some(({ login }) => login === actor.login) ?? false,
    }));
}

/** Instances that stay on older versions of the processes a release has put into force. */
async function runningOnOlder(house: House, release: Release) {
  if (release.state !== 'PUBLISHED') return [];
  const running = await runningOf(house.sql);
  return release.items
    .filter((item) => item.kind === 'process')
    .map((item) => ({
      id: item.id,
      title: item.title,
      to: item.publishedVersion!,
      older: [...(running.get(item.id)?.byVersion ?? [])]
        .filter(([version, count]) => version < item.publishedVersion! && count > 0)
        .sort(([a], [b]) => b - a)
        .map(([version, count]) => ({ version, count })),
    }));
}

/** A finding whose scenario may be expected otherwise from now on gets the field for the reason. */
function checkView(
  release: Release,
  check: Check,
  words: { typed: Typed; views: ReturnType<typeof problemViews> } | null,
) {
  const explanation = explanationOf(release, check.id);
  return {
    ...check,
    sign: SIGNS[check.state],
    badge: explanation ? ' badge--ok' : BADGES[check.state],
    stateTitle: explanation ? '已说明' : CHECK_STATES[check.state],
    findings: check.findings.slice(0, SHOWN_FINDINGS).map((finding) => ({
      ...finding,
      expect: finding.scenario && words ? expectView(release, finding.scenario, words) : null,
    })),
    more: Math.max(0, check.findings.length - SHOWN_FINDINGS),
    explanation: explanation ? { ...explanation, at: format.time(explanation.at) } : null,
  };
}

function expectView(
  release: Release,
  scenario: string,
  { typed, views }: { typed: Typed; views: ReturnType<typeof problemViews> },
) {
  const name = expectationField(release, scenario);
  return {
    scenario,
    name,
    value: String(typed[name] ?? ''),
    error: views.find((problem) => problem.field === name)?.message ?? '',
  };
}

/** What the author writes, the words for warnings included. */
function wordFields(release: Release, views: ReturnType<typeof problemViews>, typed: Typed) {
  const { effectiveAt } = release;
  const specs: FieldSpec[] = [
    ...(release.report ?? [])
      .filter((check) => check.state === 'warning')
      .map(
        (check): FieldSpec => ({
          type: 'textarea',
          name: `explain-${check.id}`,
          label: `“${check.title}”的警告为什么可以接受`,
          required: true,
          rows: 2,
        }),
      ),
    {
      type: 'textarea',
      name: 'reason',
      label: '变更说明',
      required: true,
      rows: 3,
      hint: '改了什么、为什么改；和版本一起保存。',
    },
    { type: 'textfield', name: 'basis', label: '依据', hint: '文件名称和文号、会议纪要，或工作机制的条款。' },
    {
      type: 'textfield',
      name: 'effectiveDay',
      label: '生效日期',
      hint: '工作日，例如 2026-12-01。不填的，复核通过后立即生效。',
      inputMode: 'numeric',
    },
    { type: 'textfield', name: 'effectiveTime', label: '生效时刻', hint: '例如 08:30。', inputMode: 'numeric' },
  ];
  const initial: Typed = {
    reason: release.reason,
    basis: release.basis,
    effectiveDay: effectiveAt ? shanghaiDate(effectiveAt) : '',
    effectiveTime: effectiveAt ? shanghaiTime(effectiveAt) : '',
    ...Object.fromEntries(
      (release.report ?? []).map((check) => [`explain-${check.id}`, explanationOf(release, check.id)?.text ?? '']),
    ),
  };
  return fieldViews(specs, { ...initial, ...typed }, views);
}

/** The part of an event that is worth a line. */
function detailOf(payload: Record<string, unknown>): string {
  const parts = [
    typeof payload.reason === 'string' ? payload.reason : '',
    Array.isArray(payload.versions)
      ? payload.versions.map((item: { id: string; version: number }) => `${item.id} 第 ${item.version} 版`).join('，')
      : '',
    typeof payload.reportHash === 'string' ? `检查结果核验码 ${payload.reportHash.slice(0, 8)}` : '',
  ];
  return parts.filter(Boolean).join('　');
}
