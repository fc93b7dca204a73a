import type { Sql } from '../../db/sql.ts';
import { enqueue } from '../../engine/outbox/index.ts';
import type { Demand } from './entities.ts';

/**
 * Starts the process of a demand. `attempt` names a further try when the ledger and the engine have come apart: the message keeps
 * its id and the process its lock on the demand, so a try too many starts nothing twice.
 */
export async function startProcess(
  sql: Sql,
  demand: Pick<Demand, 'id' | 'orgCode' | 'registeringDepartment' | 'intakeChoice'>,
  attempt = 0,
): Promise<void> {
  await enqueue(sql, {
    commandId: `demand-registered:${demand.id}${attempt === 0 ? '' : `:${attempt}`}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'demand-registered',
      correlationKey: demand.id,
      ttlMs: 24 * 3600_000,
      messageId: demand.id,
      variables: {
        demandId: demand.id,
        orgCode: demand.orgCode,
        registeringDepartment: demand.registeringDepartment,
        intakeChoice: demand.intakeChoice,
      },
    },
  });
}
