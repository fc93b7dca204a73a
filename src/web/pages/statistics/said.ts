import { eventTitle } from '../../../modules/history/index.ts';

/** Events of groups and bulletins in words: what was done, and what was written. */
export function saidInHistory(
  type: string,
  payload: Record<string, unknown>,
  departmentName: (code: string | null) => string,
): { what: string; detail: string } {
  const text = (name: string) => (typeof payload[name] === 'string' ? (payload[name] as string) : '');
  const details: Record<string, string> = {
    'topic.found': `${text('reason')}；${String(payload.members)} 件`,
    'topic.lead-set': departmentName(text('department')),
    'topic.measures-written': text('measures'),
    'topic.closed': `${text('reason')}（${String(payload.members)} 件，其中 ${String(payload.open)} 件仍各自办理）`,
    'bulletin.returned': text('opinion'),
    'bulletin.submitted': payload.explained ? `${String(payload.explained)} 处与冻结数据不一致，已说明原因` : '',
    'bulletin.published': text('scopeText'),
    'bulletin.corrected': text('reason'),
  };
  return { what: eventTitle(type), detail: details[type] ?? '' };
}
