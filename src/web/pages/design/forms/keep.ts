import { sqlOf } from '../../../../db/orm.ts';
import { isDomainError } from '../../../../kernel/errors.ts';
import { type DesignDraft, draftOf, keepDraft } from '../../../../modules/processes/index.ts';
import { format } from '../../../format.ts';
import type { House } from '../../../house.ts';
import type { Ask } from '../../../route.ts';

/** What a page says when somebody else was faster. */
export interface Conflict {
  message: string;
  revision: number;
}

/** Keeps a text as the draft; a stale page gets its conflict back, and nothing is overwritten. */
export async function keepForm(
  house: House,
  { req, actor }: Pick<Ask, 'req' | 'actor'>,
  content: string,
): Promise<{ kept: DesignDraft } | { conflict: Conflict }> {
  const id = String(req.params.formId);
  const revision = Number(req.body.revision) || 0;
  try {
    const kept = await house.transaction(actor, (unit) =>
      keepDraft(sqlOf(unit.em), { kind: 'form', id, content, revision }, { actor, now: house.clock.now() }),
    );
    return { kept };
  } catch (error) {
    if (!isDomainError(error) || error.reason !== 'draft-changed') throw error;
    const now = await draftOf(house.sql, 'form', id);
    const person = (await house.directory()).user(now.editedBy)?.name ?? now.editedBy;
    return {
      conflict: {
        revision: now.revision,
        message: `${person} 在 ${format.clock(now.editedAt)} 保存了另一份。你的修改没有保存，还在下面。对照以后再点一次“保存”，就以你的为准。`,
      },
    };
  }
}
