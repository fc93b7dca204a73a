import { createHash } from 'node:crypto';
import { sqlOf } from '../../db/orm.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { conflict, invalid } from '../../kernel/errors.ts';
import { checkIntake, DemandEntity, type RegisterInput, registerDemand } from '../../modules/demands/index.ts';
import { tellRegistered } from '../../modules/feedback/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import { fileOptions, keepFiles } from '../form-files.ts';
import { formOptions } from '../form-options.ts';
import type { House, Unit } from '../house.ts';
import type { Ask } from '../route.ts';
import { bodyOf, fieldsOf } from './read-body.ts';
import { demandJson } from './views.ts';

const LONGEST_KEY = 200;

/** Registers a demand; the header `Idempotency-Key` makes repeating the request harmless, and reusing it for other content a conflict. */
export async function register(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const body = bodyOf(ask);
  const key = keyOf(req.headers['idempotency-key']);
  const form = house.forms.get('register-demand')!;
  const fields = fieldsOf(form, body, ['intake']);
  const made = await house.transaction(actor, async (unit) => {
    const files = await fileOptions(unit, form, fields);
    const submission = submitForm(form, fields, { ...formOptions(house, unit.directory, actor), files });
    if (!submission.ok) throw invalid(`有 ${submission.problems.length} 处需要修改，没有登记。`, submission.problems);
    const intake = checkIntake(unit.directory, body.intake);
    const known = key ? await claimKey(unit, key, body) : undefined;
    if (known) return { demand: await unit.em.findOneOrFail(DemandEntity, { id: known }), fresh: false };
    const input = { ...submission.values, ...(intake ? { intake } : {}) } as unknown as RegisterInput;
    const demand = await registerDemand(unit, input);
    await tellRegistered(unit, demand);
    await keepFiles(unit, form, submission.values, demand.id);
    if (key)
      await sqlOf(unit.em).query('update registration_key set demand_id = $3 where login = $1 and key = $2', [
        actor.login,
        key,
        demand.id,
      ]);
    return { demand, fresh: true };
  });
  await house.settle(made.demand.id);
  res
    .status(made.fresh ? 201 : 200)
    .location(`/api/v1/demands/${made.demand.number}`)
    .json(demandJson(made.demand));
}

function keyOf(header: string | string[] | undefined): string | undefined {
  const key = (Array.isArray(header) ? header[0] : header)?.trim();
  if (key && key.length > LONGEST_KEY)
    throw invalid(`幂等键最多 ${LONGEST_KEY} 个字符。`, [{ pointer: '', message: 'Idempotency-Key 太长。' }]);
  return key || undefined;
}

/** Claims the key before anything is made: a second request with it waits here for the first. Answers the demand made earlier, if there is one. */
async function claimKey(unit: Unit, key: string, body: Record<string, unknown>): Promise<string | undefined> {
  const sql = sqlOf(unit.em);
  const { login } = unit.actor;
  const hash = createHash('sha256').update(canonicalJson(body)).digest('hex');
  const claimed = await sql.query(
    'insert into registration_key (key, login, request_hash, demand_id, created_at) values ($1, $2, $3, $4, $5) on conflict do nothing returning key',
    [key, login, hash, '', unit.clock.now().toISOString()],
  );
  if (claimed.length > 0) return undefined;
  const [known] = await sql.query<{ request_hash: string; demand_id: string }>(
    'select request_hash, demand_id from registration_key where login = $1 and key = $2',
    [login, key],
  );
  if (known?.request_hash !== hash)
    throw conflict('这个幂等键已用于另一份登记。请换一个键。', { reason: 'idempotency-key-reused' });
  return known.demand_id;
}
