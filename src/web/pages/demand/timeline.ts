import { EVENT_TYPES, eventTitle, type StoredEvent } from '../../../modules/history/index.ts';
import { format } from '../../format.ts';
import type { Names } from './names.ts';
import type { EngineStep } from './path.ts';
import { sentenceOf } from './timeline-words.ts';

export const TIMELINE_VIEWS = {
  milestones: '里程碑',
  all: '全部',
  outside: '对外',
  inside: '内部',
} as const;
export type TimelineView = keyof typeof TIMELINE_VIEWS;

export const timelineViewOf = (text: string | undefined): TimelineView =>
  text !== undefined && Object.hasOwn(TIMELINE_VIEWS, text) ? (text as TimelineView) : 'milestones';

export interface TimelineLine {
  at: string;
  day: string;
  title: string;
  who: string;
  detail: string;
  milestone: boolean;
  outside: boolean;
  /** A step of the process and no event of the ledger. */
  engine: boolean;
  /** Number and first signs of the hash, for whoever verifies. */
  mark: string;
}

/** How many lines a page of the timeline has; older ones are a link away. */
const PAGE = 100;

/** Business events and steps of the process in one order of time, newest first. */
export function timelineOf(
  events: readonly StoredEvent[],
  steps: readonly EngineStep[],
  names: Names,
  options: { view: TimelineView; page: number },
) {
  const lines = [
    ...events.map((event) => ({ at: new Date(event.occurredAt), order: event.sequence, event, step: null })),
    ...steps.map((step, index) => ({ at: step.at, order: index - steps.length, event: null, step })),
  ];
  // Of one moment the events of the ledger come first, then what the process did about them.
  const shown = lines
    .filter(({ event }) => belongs(event, options.view))
    .sort((a, b) => +b.at - +a.at || b.order - a.order);
  const count = (view: TimelineView) => lines.filter(({ event }) => belongs(event, view)).length;
  const pages = Math.max(1, Math.ceil(shown.length / PAGE));
  const page = Math.min(Math.max(1, options.page), pages);
  return {
    view: options.view,
    views: (Object.keys(TIMELINE_VIEWS) as TimelineView[]).map((view) => ({
      view,
      title: TIMELINE_VIEWS[view],
      count: count(view),
    })),
    lines: shown
      .slice((page - 1) * PAGE, page * PAGE)
      .map(({ event, step }) => (event ? lineOf(event, names, options.view === 'all') : stepLine(step!))),
    page,
    pages,
  };
}

function belongs(event: StoredEvent | null, view: TimelineView): boolean {
  const type = event ? EVENT_TYPES[event.type] : undefined;
  if (view === 'all') return true;
  if (view === 'milestones') return type?.milestone === true;
  if (view === 'outside') return type?.outside === true;
  return type?.outside !== true;
}

function lineOf(event: StoredEvent, names: Names, marked: boolean): TimelineLine {
  const type = EVENT_TYPES[event.type];
  return {
    at: format.time(event.occurredAt),
    day: format.day(event.occurredAt),
    title: eventTitle(event.type),
    who: event.onBehalfOf ? `${event.actorName}（代 ${names.user(event.onBehalfOf)}）` : event.actorName,
    detail: sentenceOf(event, names),
    milestone: type?.milestone ?? false,
    outside: type?.outside ?? false,
    engine: false,
    mark: marked ? `第 ${event.sequence} 条 · ${event.hash.slice(0, 8)}` : '',
  };
}

const stepLine = (step: EngineStep): TimelineLine => ({
  at: format.time(step.at),
  day: format.day(step.at),
  title: step.title,
  who: '流程',
  detail: `${step.process} · ${step.kind}${step.over ? '' : '，进行中'}`,
  milestone: false,
  outside: false,
  engine: true,
  mark: '',
});
