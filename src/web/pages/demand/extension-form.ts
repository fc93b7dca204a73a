import type { LegalDate } from '../../../modules/demands/index.ts';
import type { Form, Values } from '../../../modules/forms/index.ts';
import { format } from '../../format.ts';

const OTHER = 'OTHER';

/**
 * The form of an extension with the legal dates of this demand as radios (“12月1日 周二（第 8 个工作日）”) and a last one for another day.
 * The schema asks for a date; on a page people choose one instead of counting.
 */
export function withLegalDates(form: Form, dates: readonly LegalDate[]): Form {
  return {
    ...form,
    components: form.components.flatMap((component) => {
      if (component.key !== 'requestedDueDate') return [component];
      const { subtype: _subtype, ...rest } = component;
      return [
        {
          ...rest,
          type: 'radio',
          values: [
            ...dates.map((date) => ({
              value: date.date,
              label: `${format.shortDay(date.date)} ${format.weekday(date.date)}（第 ${date.totalDays} 个工作日${date.provisional ? '，暂定' : ''}）`,
            })),
            { value: OTHER, label: '其他日期' },
          ],
        },
        {
          type: 'datetime',
          subtype: 'date',
          key: 'otherDueDate',
          id: `${component.id ?? 'requestedDueDate'}_other`,
          label: '其他日期',
          description: '选工作日，例如 2026-12-04。',
          validate: { required: true },
          conditional: { hide: `=requestedDueDate != "${OTHER}"` },
        },
      ];
    }) as Form['components'],
  };
}

/** The day chosen or typed. */
export const chosenDate = (values: Values): string =>
  String(values.requestedDueDate === OTHER ? values.otherDueDate : values.requestedDueDate);
