/** Groups of parameters by the first part of their names. */
export const GROUPS: [string, readonly string[]][] = [
  ['转交与派单', ['transfer', 'dispatch', 'return', 'level_shift']],
  ['办理与延期', ['handle', 'joint', 'rework']],
  ['反馈与回访', ['feedback', 'visit']],
  ['挂账', ['defer']],
  ['法定途径', ['reconsideration']],
  ['个人信息', ['reveal', 'retention', 'privacy', 'public']],
  ['提醒与督办', ['warn', 'urge', 'yellow', 'red', 'escalate', 'supervision']],
  ['短信和消息', ['sms', 'notify']],
];

export const groupOf = (name: string): string =>
  GROUPS.find(([, heads]) => heads.includes(name.split('.')[0]!))?.[0] ?? '其他';

/** “转交时限（工作日）” is the name and its unit. */
export function titleAndUnit(declared: string): { title: string; unit: string } {
  const [, title = declared, unit = ''] = /^(.*?)（(.*)）$/.exec(declared) ?? [];
  return { title, unit };
}
