import { type CopiedTable, copyRows } from '../db/copy-rows.ts';
import type { Sql } from '../db/sql.ts';
import { AdjustableClock } from '../kernel/clock.ts';
import { parseForm } from '../modules/forms/index.ts';
import { type ProcessFile, processesInForce } from '../modules/processes/index.ts';
import { hashOf, parseRuleFile } from '../modules/rules/index.ts';
import type { Designs } from './designs.ts';
import type { OpenTrial, TrialHouse } from './trial-house.ts';

/** What the composition root does for a trial. */
export interface TrialParts {
  /** The real database; only read. */
  sql: Sql;
  make(
    basis: { processes: readonly ProcessFile[]; fill(tx: Sql): Promise<void> },
    clock: AdjustableClock,
  ): Promise<TrialHouse>;
}

/** Everything a trial needs of the real house: who works where and when, and what is in force. No demand, no sign-in, nobody's password. */
const COPIED: readonly CopiedTable[] = [
  { table: 'org_version' },
  { table: 'bureau' },
  { table: 'org_function' },
  { table: 'department' },
  {
    table: 'app_user',
    without: ['password_hash', 'last_sign_in_at', 'last_sign_in_ip', 'locked_until'],
  },
  { table: 'post' },
  { table: 'post_holding' },
  { table: 'post_vacancy' },
  { table: 'leader_assignment' },
  { table: 'chief_post' },
  { table: 'delegation' },
  { table: 'role_change' },
  { table: 'calendar_version' },
  { table: 'calendar_year' },
  { table: 'calendar_day' },
  { table: 'work_hours' },
  { table: 'message_template' },
  { table: 'indicator_definition' },
  { table: 'rule_set_version' },
  { table: 'form_version' },
];

/** Makes the opener of trials. A wrong rule set, form or diagram is refused as its own gate refuses it, before anything is opened. */
export const trialOpener =
  (parts: TrialParts): OpenTrial =>
  async (designs, start) => {
    for (const [id, content] of designs.ruleSets) parseRuleFile(`${id}.rules.json`, content);
    for (const [id, form] of designs.forms) parseForm(form.processId, `${id}.form`, form.content);
    const inForce = await processesInForce(parts.sql, []);
    const processes = [
      ...inForce.filter((file) => !designs.processes.has(file.processId)),
      ...[...designs.processes].map(([processId, xml]) => ({ processId, resource: `${processId}.bpmn`, xml })),
    ];
    return parts.make({ processes, fill: (tx) => fill(parts.sql, tx, designs) }, new AdjustableClock(start));
  };

async function fill(real: Sql, tx: Sql, designs: Designs): Promise<void> {
  await copyRows(real, tx, COPIED);
  for (const [id, content] of designs.ruleSets)
    await tx.query(
      // In force at once, whatever day the draft names: it is tried as it will be.
      `insert into rule_set_version (rule_set, version, content, hash, effective_from, published_at, published_by, reason)
       select $1, coalesce(max(version), 0) + 1, $2, $3, '1970-01-01'::date, now(), 'trial', '试运行' from rule_set_version where rule_set = $1`,
      [id, content, hashOf(content)],
    );
  for (const [id, { processId, content }] of designs.forms)
    await tx.query(
      `insert into form_version (form_id, version, process_id, content, hash, published_at, published_by, reason)
       select $1, coalesce(max(version), 0) + 1, $2, $3, $4, now(), 'trial', '试运行' from form_version where form_id = $1`,
      [id, processId, content, hashOf(content)],
    );
}
