import { CATEGORIES, CHANNELS, type DemandRow, maskName, maskText, statusTitle } from '../../modules/demands/index.ts';
import { format, lampView } from '../format.ts';
import type { House } from '../house.ts';
import { CLOCKS } from './clock-names.ts';

/** A row as people may see it: names masked, restricted demands by their number only. */
export async function rowView(house: House, row: DemandRow) {
  const directory = await house.directory();
  const paused = row.clockStatus === 'PAUSED';
  const lamp = lampView(row, row.hostOrgCode, house.clock.now(), await house.calendar());
  return {
    ...row,
    title: row.restricted ? '限定可见件' : maskText(row.title),
    taxpayer: row.restricted ? '' : maskName(row.taxpayerName, row.taxpayerType),
    categoryTitle: CATEGORIES[row.category as keyof typeof CATEGORIES] ?? row.category,
    channelTitle: CHANNELS[row.channel as keyof typeof CHANNELS] ?? row.channel,
    statusTitle: statusTitle(row.status),
    hostName: row.hostDepartment ? (directory.department(row.hostDepartment)?.name ?? '') : '',
    orgName: directory.bureau(row.orgCode)?.shortName ?? '',
    lamp: lamp && paused ? { ...lamp, colour: 'grey' as const, text: `停钟 · ${row.pauseReason ?? '不计时'}` } : lamp,
    clockTitle: row.clockKind ? (CLOCKS[row.clockKind] ?? row.clockKind) : '',
    registered: format.short(row.registeredAt),
    marks: [
      ...(row.restricted ? [{ text: '限定可见', kind: 'restricted' }] : []),
      ...(row.duplicateOf ? [{ text: '疑似重复', kind: 'info' }] : []),
      ...(row.joint ? [{ text: '联合', kind: 'info' }] : []),
      ...(row.extensions ? [{ text: '延期', kind: 'yellow' }] : []),
      ...(row.reworkCount ? [{ text: '重办', kind: 'orange' }] : []),
    ],
  };
}
