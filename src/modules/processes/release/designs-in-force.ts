import type { Sql } from '../../../db/sql.ts';

/** A design in force as the file it would be in a folder. */
export interface DesignInForce {
  kind: 'process' | 'form' | 'rules' | 'examples' | 'scenario';
  id: string;
  version: number;
  /** `processes/return-visit/return-visit.bpmn` */
  path: string;
  content: string;
}

/** The newest published version of every design, byte for byte, in the order of their paths. */
export async function designsInForce(sql: Sql): Promise<DesignInForce[]> {
  const processes = await sql.query<{ id: string; version: number; content: string }>(
    'select distinct on (process_id) process_id as id, version, xml as content from process_version order by process_id, version desc',
  );
  const forms = await sql.query<{ id: string; version: number; process_id: string; content: string }>(
    'select distinct on (form_id) form_id as id, version, process_id, content from form_version order by form_id, version desc',
  );
  const rules = await sql.query<{ id: string; version: number; content: string; examples: string | null }>(
    'select distinct on (rule_set) rule_set as id, version, content, examples from rule_set_version order by rule_set, version desc',
  );
  const scenarios = await sql.query<{ id: string; process_id: string; version: number; content: string }>(
    'select name as id, process_id, version, content from scenario where not dropped',
  );
  const designs: DesignInForce[] = [
    ...scenarios.map(({ id, process_id, version, content }) => ({
      kind: 'scenario' as const,
      id,
      version,
      path: `processes/${process_id}/scenarios/${id}.json`,
      content,
    })),
    ...processes.map(({ id, version, content }) => ({
      kind: 'process' as const,
      id,
      version,
      path: `processes/${id}/${id}.bpmn`,
      content,
    })),
    ...forms.map(({ id, version, process_id, content }) => ({
      kind: 'form' as const,
      id,
      version,
      path: `processes/${process_id}/forms/${id}.form`,
      content,
    })),
    ...rules.flatMap(({ id, version, content, examples }) => [
      { kind: 'rules' as const, id, version, path: `rules/${id}.rules.json`, content },
      ...(examples === null
        ? []
        : [{ kind: 'examples' as const, id, version, path: `rules/${id}.examples.json`, content: examples }]),
    ]),
  ];
  return designs.sort((a, b) => (a.path < b.path ? -1 : 1));
}
