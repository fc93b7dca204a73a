import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import type { SweptDeadline } from '../../deadlines/index.ts';
import type { Work } from '../context.ts';

/** The time for the examination has passed: its process is told, which deems the application accepted (视为受理). */
export const tellExaminationPassed = (work: Work, deadline: Pick<SweptDeadline, 'id' | 'subjectId'>): Promise<void> =>
  enqueue(sqlOf(work.em), {
    commandId: `legal-examination-passed:${deadline.id}`,
    orderingKey: deadline.subjectId,
    command: {
      type: 'publishMessage',
      name: 'legal-examination-passed',
      correlationKey: deadline.subjectId,
      ttlMs: 3600_000,
      messageId: `legal-examination-passed:${deadline.id}`,
      variables: {},
    },
  });
