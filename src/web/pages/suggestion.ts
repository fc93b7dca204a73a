import { sqlOf } from '../../db/orm.ts';
import { evaluationsOf, explainInWords, ruleSetVersion } from '../../modules/rules/index.ts';
import type { Unit } from '../house.ts';

/** The department the rules suggest for a demand, with the reason. */
export async function suggestionOf(unit: Unit, demandId: string) {
  const sql = sqlOf(unit.em);
  const [evaluation] = (await evaluationsOf(sql, 'demand', demandId))
    .filter((item) => item.ruleSet === 'category-routing')
    .slice(-1);
  if (!evaluation) return null;
  const ruleSet = await ruleSetVersion(sql, evaluation.ruleSet, evaluation.version);
  const fired = explainInWords(ruleSet, evaluation.explanation).find((rule) => rule.ruleId === evaluation.ruleId);
  const host = (evaluation.outcome.hostDepartment as string | null | undefined) ?? null;
  const others = ((evaluation.outcome.coDepartments as string[] | null | undefined) ?? []).filter(
    (code) => code !== host,
  );
  const recused = (evaluation.outcome.recusedDepartments as string[] | null | undefined) ?? [];
  const shift = evaluation.outcome.levelShift as { direction: 'UP' | 'DOWN'; fromDepartment: string | null } | null;
  const name = (code: string) => unit.directory.department(code)?.name ?? code;
  return {
    host,
    hostName: host ? name(host) : null,
    hostOrgCode: host ? (unit.directory.department(host)?.orgCode ?? null) : null,
    /** Other departments the demand touches as well. */
    others: others.map((code) => ({ code, name: name(code) })),
    /** It belongs to another level: the department that will pass it on, and where to. */
    shift:
      // Who would pass it on and has to stay out (回避) cannot be dispatched to: it goes up with the dispatch.
      shift?.fromDepartment && host && !recused.includes(shift.fromDepartment)
        ? {
            direction: shift.direction,
            from: shift.fromDepartment,
            fromName: name(shift.fromDepartment),
            words: `${name(shift.fromDepartment)}${shift.direction === 'UP' ? '上报' : '转交'} ${unit.directory.bureau(unit.directory.department(host)?.orgCode ?? '')?.shortName ?? ''}${name(host)}`,
          }
        : null,
    manual: evaluation.outcome.manualDispatch === true,
    path: (evaluation.outcome.path as string | null | undefined) ?? null,
    reason: evaluation.reason,
    version: evaluation.version,
    sentences: fired?.sentences.filter((sentence) => sentence.holds).map((sentence) => sentence.text) ?? [],
  };
}
/** The department whose suggestion was made in earnest; choosing another one owes a reason. Without a rule that fired there is none. */
export const suggestedHost = (suggestion: Suggestion | null): string | undefined =>
  suggestion?.host && !suggestion.manual ? (suggestion.shift?.from ?? suggestion.host) : undefined;
export type Suggestion = NonNullable<Awaited<ReturnType<typeof suggestionOf>>>;
