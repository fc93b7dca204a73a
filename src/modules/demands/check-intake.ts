import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import type { OrgDirectory } from '../org/index.ts';

/** Answers that only rules read, besides the registration form. */
export interface Intake {
  /** 超出本级职责. */
  beyondAuthority?: boolean;
  /** Bureaus in charge by place (属地). */
  responsibleOrgCodes?: string[];
  /** Bureau that took the action complained of; whether a dispatched organ (稽查局、分局) took it. */
  actionOrgCode?: string;
  actionByDispatchedOrgan?: boolean;
  /** The officer has looked at a clue word: false = it is none. */
  clueConfirmed?: boolean;
  /** 救济意愿 where the category is another one, but a word of the text asks for it. */
  legalIntent?: string;
  /** 纳税争议. */
  taxDispute?: boolean;
}

const BOOLEANS = ['beyondAuthority', 'actionByDispatchedOrgan', 'clueConfirmed', 'taxDispute'];
const LEGAL_INTENTS = [
  'CONSULT',
  'ORAL_RECONSIDERATION',
  'WRITTEN_RECONSIDERATION',
  'HEARING',
  'HEARING_REQUEST',
  'LITIGATION',
  'COMPENSATION',
  'STATE_COMPENSATION',
  'OTHER',
  'NONE',
];
const MOST_BUREAUS = 20;

/** Checks the answers for the rules; every unknown name, wrong type and unknown bureau is named. Null counts as not given. */
export function checkIntake(directory: OrgDirectory, given: unknown): Intake | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'object' || Array.isArray(given))
    throw invalid('intake 应当是 JSON 对象。', [{ pointer: '/intake', message: '应当是 JSON 对象。' }]);
  const problems: FieldProblem[] = [];
  const intake: Record<string, unknown> = {};
  const bureau = (code: unknown) => typeof code === 'string' && directory.bureau(code) !== undefined;
  for (const [name, value] of Object.entries(given)) {
    if (value === null) continue;
    const wrong = problemOf(name, value, bureau);
    if (wrong)
      problems.push({ pointer: `/intake/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, message: wrong });
    else intake[name] = value;
  }
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，没有登记。`, problems);
  return intake;
}

function problemOf(name: string, value: unknown, bureau: (code: unknown) => boolean): string | undefined {
  if (BOOLEANS.includes(name)) return typeof value === 'boolean' ? undefined : '应当是 true 或 false。';
  if (name === 'actionOrgCode') return bureau(value) ? undefined : '没有这个单位。请填单位代码，例如 341500。';
  if (name === 'legalIntent')
    return LEGAL_INTENTS.includes(String(value)) ? undefined : `应当是 ${LEGAL_INTENTS.join('、')} 之一。`;
  if (name === 'responsibleOrgCodes')
    return Array.isArray(value) && value.length <= MOST_BUREAUS && value.every(bureau)
      ? undefined
      : '应当是单位代码的列表，例如 ["341502"]。';
  return '不认识这一项，请去掉。';
}
