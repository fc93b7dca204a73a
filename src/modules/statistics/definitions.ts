import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from '../../db/sql.ts';
import { SYSTEM_ACTOR } from '../../kernel/actor.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { invalid } from '../../kernel/errors.ts';
import { appendEvent, hashOf } from '../history/index.ts';
import { type DefinitionParameters, isIndicator } from './indicators.ts';

/** What a number means (指标口径), in words and with its parameters. A version that has been adopted never changes. */
export interface IndicatorDefinition {
  id: string;
  title: string;
  group: string;
  unit: string;
  numerator: string;
  denominator: string;
  exclusions: string;
  remark: string;
  basis?: string[];
}

export interface Definitions {
  version: string;
  /** First day on which reports use it, `YYYY-MM-DD`. */
  effectiveFrom: string;
  basis: string[];
  /** Which demands count at all. */
  general: string;
  parameters: DefinitionParameters;
  indicators: IndicatorDefinition[];
}

const PARAMETERS: readonly (keyof DefinitionParameters)[] = [
  'registerWithinDays',
  'contactWithinDays',
  'acknowledgeWithinHours',
  'repeatWithinDays',
  'smallDenominator',
  'satisfiedStandardPercent',
  'completedStandardPercent',
];

/** Reads the versions of a folder (`data/indicators/<version>.json`). */
export async function loadDefinitions(folder: string): Promise<Definitions[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => checked(name, JSON.parse(await readFile(join(folder, name), 'utf8')) as Definitions)),
  );
}

function checked(name: string, definitions: Definitions): Definitions {
  const wrong = [
    ...(name === `${definitions.version}.json` ? [] : [`文件名应当是 ${definitions.version}.json`]),
    ...(/^\d{4}-\d{2}-\d{2}$/.test(definitions.effectiveFrom) ? [] : ['effectiveFrom 不是日期']),
    ...PARAMETERS.filter((key) => !(definitions.parameters?.[key] > 0)).map((key) => `参数 ${key} 应当是正数`),
    ...definitions.indicators.filter(({ id }) => !isIndicator(id)).map(({ id }) => `没有指标 ${id}`),
  ];
  if (wrong.length > 0) throw invalid(`指标口径文件 ${name} 有 ${wrong.length} 处问题：${wrong.join('；')}。`);
  return definitions;
}

/** Adopts versions that are not known yet; one that is known must be the same to the letter. */
export async function seedDefinitions(sql: Sql, files: readonly Definitions[], now: Date): Promise<void> {
  for (const definitions of files) {
    const hash = hashOf(canonicalJson(definitions));
    const added = await sql.query(
      `insert into indicator_definition (version, effective_from, content, hash, adopted_at) values ($1, $2::date, $3::jsonb, $4, $5)
       on conflict do nothing returning version`,
      [definitions.version, definitions.effectiveFrom, JSON.stringify(definitions), hash, now.toISOString()],
    );
    if (added.length > 0) {
      await appendEvent(sql, {
        subjectType: 'indicators',
        subjectId: definitions.version,
        type: 'indicators.adopted',
        occurredAt: now,
        actor: SYSTEM_ACTOR,
        payload: { version: definitions.version, effectiveFrom: definitions.effectiveFrom, hash },
      });
      continue;
    }
    const [known] = await sql.query<{ hash: string }>('select hash from indicator_definition where version = $1', [
      definitions.version,
    ]);
    if (known!.hash !== hash)
      throw invalid(
        `指标口径 ${definitions.version} 版已经启用，文件却和启用时不同。口径要变，请另建一个版本，旧版本保留。`,
      );
  }
}

/** Every version, newest first. */
export async function listDefinitions(sql: Sql): Promise<Definitions[]> {
  const rows = await sql.query<{ content: Definitions }>(
    'select content from indicator_definition order by effective_from desc, version desc',
  );
  return rows.map((row) => row.content);
}

/** The version in force on a day; before the first one the first one applies. */
export async function definitionsOn(sql: Sql, day: string): Promise<Definitions> {
  const versions = await listDefinitions(sql);
  const found = versions.find((version) => version.effectiveFrom <= day) ?? versions.at(-1);
  if (!found) throw new Error('no indicator definitions: seedDefinitions has not run');
  return found;
}
