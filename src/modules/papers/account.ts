import {
  CONCLUSIONS,
  DEFERRAL_CATEGORIES,
  legalRouteTitle,
  METHODS,
  maskText,
  RAISE_REASONS,
} from '../demands/index.ts';
import { eventTitle, type StoredEvent } from '../history/index.ts';
import type { PaperFacts } from './paper.ts';
import { dayOf, departmentName, timeAt } from './words.ts';

type Payload = Record<string, any>;
type Note = (payload: Payload, facts: PaperFacts) => (string | false | null | undefined)[];

const said = (label: string, text: unknown) => Boolean(text) && `${label}${maskText(String(text))}`;
const method = (code: unknown) => METHODS[String(code ?? '')];
const host: Note = (p, facts) => [
  p.hostDepartment && `主办 ${departmentName(facts, p.hostDepartment)}`,
  Array.isArray(p.coDepartments) &&
    p.coDepartments.length > 0 &&
    `协办 ${p.coDepartments.map((code: string) => departmentName(facts, code)).join('、')}`,
  said('理由：', p.reason),
];
const of: Note = (p, facts) => [departmentName(facts, p.department), said('理由：', p.reason)];
const none: Note = () => [];
/** A department of another bureau by its full name: a paper is read apart from the page. */
const inFull = (facts: PaperFacts, code: string | null | undefined): string => {
  const found = code ? facts.directory.department(code) : undefined;
  return found ? `${facts.directory.bureau(found.orgCode)?.shortName ?? ''}${found.name}` : '';
};
const route: Note = (p, facts) => [
  legalRouteTitle(p.route),
  p.receivingDepartment ? `去向 ${inFull(facts, p.receivingDepartment)}` : p.receivingName && `去向 ${p.receivingName}`,
  said('理由：', p.reason),
];

/** What belongs in the account of a handling (办理过程), with what is said of it. Clocks, rules, messages and looks at it do not. */
const ACCOUNT: Record<string, Note> = {
  'demand.registered': none,
  'demand.answered-on-the-spot': (p) => [said('依据 ', p.basis)],
  'demand.transferred': none,
  'demand.dispatched': host,
  'demand.self-handled': host,
  'demand.delivered': host,
  'demand.return-requested': (p, facts) => [
    `建议 ${departmentName(facts, p.proposedDepartment)}`,
    said('依据：', p.basis),
  ],
  'demand.return-agreed': (p) => [said('意见：', p.opinion)],
  'demand.return-rejected': (p) => [said('意见：', p.opinion)],
  'demand.redirected': host,
  'demand.raised': (p) => [RAISE_REASONS[p.reason as keyof typeof RAISE_REASONS]],
  'demand.level-shifted': (p, facts) => {
    const shift = facts.levelShifts.find(
      (item) => item.fromDepartment === p.from && item.toDepartment === p.hostDepartment,
    );
    return [
      `${inFull(facts, p.from)} → ${inFull(facts, p.hostDepartment)}`,
      said('理由：', shift?.reason),
      said('口径：', shift?.guidance),
    ];
  },
  'joint.progress-told': (p) => [method(p.method), timeAt(p.toldAt)],
  'co-handling.added': of,
  'co-handling.released': of,
  'external.sent': (p) => [said('', p.unit), p.documentNumber],
  'external.answered': (p) => [said('', p.unit), p.documentNumber],
  'external.closed': (p) => [said('', p.unit), said('理由：', p.reason)],
  'extension.requested': (p) => [p.requestedDueDate && `到 ${dayOf(p.requestedDueDate)}`],
  'extension.applied': (p) => [p.requestedDueDate && `到 ${dayOf(p.requestedDueDate)}`],
  'demand.deferral-requested': (p) => [
    DEFERRAL_CATEGORIES[p.category as keyof typeof DEFERRAL_CATEGORIES],
    said('理由：', p.reason),
  ],
  'demand.interim-answered': (p) => [method(p.method), said('', p.answer)],
  'demand.deferred': (p) => [p.reviewDate && `复核日 ${dayOf(p.reviewDate)}`],
  'demand.deferral-refused': none,
  'demand.deferral-reviewed': (p) => [p.reviewDate && `下次复核 ${dayOf(p.reviewDate)}`, said('', p.progress)],
  'demand.deferral-resumed': (p) => [said('', p.reason)],
  'legal.confirmed': route,
  'legal.handed-over': route,
  'legal.dismissed': route,
  'legal.acknowledged': (p) => [p.receiptNumber && `收文号 ${p.receiptNumber}`],
  'legal.returned': route,
  'legal.complaint-decided': (p) => [p.accepted ? '受理' : '不予受理', said('理由：', p.reason)],
  'unreasonable.proposed': none,
  'unreasonable.decided': none,
  'unreasonable.appealed': none,
  'unreasonable.appeal-decided': none,
  'demand.supplement-asked': (p) => [said('', p.what)],
  'demand.supplemented': none,
  'demand.merged': (p) => [`并入 ${p.main}`],
  'demand.absorbed': (p) => [`${p.merged} 并入`],
  'demand.split': (p) => [Array.isArray(p.into) && `拆成 ${p.into.join('、')}`],
  'demand.completed': (p) => [
    p.conclusion && `结论：${CONCLUSIONS[p.conclusion as keyof typeof CONCLUSIONS] ?? p.conclusion}`,
  ],
  'demand.feedback-given': (p) => [method(p.method)],
  'demand.visited': none,
  'demand.rework-started': (p) => [`第 ${p.round} 次重办`, said('理由：', p.reason)],
  'demand.withdrawn': (p) => [said('理由：', p.reason)],
  'demand.redone': host,
  'demand.reopened': (p) => [said('理由：', p.reason)],
  'demand.written-off': none,
  'demand.write-off-revoked': (p) => [said('理由：', p.reason)],
  'demand.voided': (p) => [said('理由：', p.reason)],
};

/** Rows of 办理过程: time, what, department, person, note. */
export const accountOf = (facts: PaperFacts): string[][] =>
  facts.events
    .filter((event) => Object.hasOwn(ACCOUNT, event.type))
    .map((event) => [
      timeAt(event.occurredAt),
      eventTitle(event.type),
      departmentOf(facts, event),
      event.actorName,
      ACCOUNT[event.type]!(event.payload as Payload, facts)
        .filter(Boolean)
        .join('，'),
    ]);

function departmentOf({ directory }: PaperFacts, { actor }: StoredEvent): string {
  const user = directory.user(actor);
  return (user && directory.department(user.departmentCode)?.name) ?? '';
}
