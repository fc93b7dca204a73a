/** A table whose rows belong to a demand, and its columns where people may have written who the taxpayer is or how to reach them. */
export interface PersonalPlace {
  table: string;
  /** Condition over the table for the demands `$1`; default: its column `demand_id`. */
  of?: string;
  /** The demand of a row; default: its column `demand_id`. */
  demand?: string;
  key?: string;
  texts: readonly string[];
  /** Columns of JSON. */
  json?: readonly string[];
  /** Columns with the answers of a form: those that say who somebody is go altogether. */
  answers?: readonly string[];
}

/**
 * Every place outside the ledger row itself where personal data of a demand may stand. One list of tables of several modules on purpose: a test holds it
 * against the whole schema, so that no new table is forgotten (`tests/processes/personal-data.test.ts`).
 */
export const PERSONAL_PLACES: readonly PersonalPlace[] = [
  { table: 'co_handling', texts: ['reason', 'opinion', 'basis', 'end_reason'] },
  { table: 'co_question', texts: ['question', 'answer', 'answer_basis'] },
  { table: 'contact_attempt', texts: ['note'] },
  {
    table: 'deadline',
    of: `subject_type = 'demand' and subject_id = any($1::text[])`,
    demand: 'subject_id',
    texts: ['pause_reason', 'stop_reason'],
  },
  {
    table: 'deferral',
    texts: [
      'reason',
      'condition',
      'interim_answer',
      'opinion',
      'last_progress',
      'reported_to',
      'reported_number',
      'ended_reason',
    ],
  },
  {
    table: 'deferral_note',
    of: 'deferral_id in (select d.id from deferral d where d.demand_id = any($1::text[]))',
    demand: '(select d.demand_id from deferral d where d.id = deferral_id)',
    texts: ['content', 'reported_to'],
  },
  { table: 'demand_return', texts: ['dispatch_basis', 'basis', 'opinion'] },
  { table: 'extension', texts: ['reason', 'explained_content', 'opinion'] },
  { table: 'external_step', texts: ['unit_name', 'document_number', 'matter', 'answer_number', 'answer', 'note'] },
  { table: 'incident_view', key: 'key', texts: ['error_message'] },
  {
    table: 'legal_follow_up',
    texts: [
      'request_reason',
      'decision_reason',
      'notice_content',
      'voucher',
      'transcript',
      'receipt_number',
      'result_number',
      'return_reason',
    ],
  },
  { table: 'level_shift', texts: ['reason', 'work_done', 'guidance', 'notice_content', 'late_reason'] },
  { table: 'message', texts: ['sent_to', 'last_error', 'reference'], json: ['values'] },
  { table: 'notification', texts: ['title', 'body'] },
  { table: 'paper_print', texts: [], json: ['blocks'] },
  { table: 'progress_notice', texts: ['content'] },
  { table: 'return_visit', texts: ['dissatisfaction_reason', 'remark', 'judgement_reason'] },
  {
    table: 'supervision',
    texts: ['rule_title', 'requirement', 'cause', 'measures', 'responsible', 'return_opinion', 'lift_opinion'],
  },
  { table: 'supplement', texts: ['what', 'purpose', 'content'] },
  { table: 'task', texts: ['title'], answers: ['values'] },
  {
    table: 'unreasonable_review',
    texts: ['basis', 'explanation', 'opinion', 'told_content', 'appeal_reason', 'appeal_opinion'],
  },
];
