import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OpenDatabase } from '../../src/db/orm.ts';
import { enqueueAll, OutboxDrain } from '../../src/engine/outbox/index.ts';
import { CommandRejected, type EngineCommand } from '../../src/engine/port.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { testDatabase } from '../support/database.ts';

let db: OpenDatabase;
beforeAll(async () => {
  db = await testDatabase([]);
});
afterAll(() => db?.close());
beforeEach(async () => void (await db.database.query('delete from engine_outbox')));

const message = (key: string, n: number) => ({
  commandId: `${key}:${n}`,
  orderingKey: key,
  command: { type: 'publishMessage', name: 'told', correlationKey: key, ttlMs: 0 } as EngineCommand,
});
const drainTo = (submit: (commandId: string) => Promise<Record<string, never>>) =>
  new OutboxDrain({ database: db.database, logger: silentLogger, engine: { submit } });
const left = async () =>
  (await db.database.query<{ command_id: string }>('select command_id from engine_outbox order by sequence')).map(
    (row) => row.command_id,
  );
/** As if the pause before the next try were over. */
const pauseOver = () => db.database.query('update engine_outbox set retry_at = 0, leased_until = 0');

describe('delivery of commands', () => {
  test('two at once deliver each command of a key in order and take out what was answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 40 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
        async (keys, luck) => {
          const commands = keys.map((key, n) => message(key, n));
          await enqueueAll(db.database, commands);
          const answered: string[] = [];
          const submit = async (commandId: string) => {
            const { value } = luck.next();
            await new Promise<void>((resolve) => setImmediate(resolve));
            if (value === 0) throw new CommandRejected('UNAVAILABLE', 'away');
            answered.push(commandId);
            return {};
          };
          const drains = [drainTo(submit), drainTo(submit)];
          for (let turn = 0; turn < 100 && (await left()).length > 0; turn += 1) {
            await Promise.all(drains.map((drain) => drain.drain()));
            await pauseOver();
          }
          expect(await left()).toEqual([]);
          for (const key of new Set(keys))
            expect(answered.filter((id) => id.startsWith(`${key}:`))).toEqual(
              commands.filter((command) => command.orderingKey === key).map((command) => command.commandId),
            );
        },
      ),
      { numRuns: 25 },
    );
  });

  test('what follows a command that waits for another try waits too; other keys go on', async () => {
    await enqueueAll(db.database, [message('a', 1), message('a', 2), message('b', 1)]);
    const answered: string[] = [];
    let away = true;
    const drain = drainTo(async (commandId) => {
      if (away && commandId === 'a:1') throw new CommandRejected('UNAVAILABLE', 'away');
      answered.push(commandId);
      return {};
    });
    await drain.drain();
    await enqueueAll(db.database, [message('a', 3)]);
    await drain.drain();
    expect(answered).toEqual(['b:1']);
    away = false;
    await pauseOver();
    await drain.drain();
    expect(answered).toEqual(['b:1', 'a:1', 'a:2', 'a:3']);
  });

  test('thousands that wait do not keep back the one that need not', async () => {
    await enqueueAll(
      db.database,
      Array.from({ length: 3000 }, (_, n) => message('stuck', n)),
    );
    await db.database.query(
      `update engine_outbox set retry_at = 9000000000000 where sequence = (select min(sequence) from engine_outbox)`,
    );
    await enqueueAll(db.database, [message('free', 1)]);
    const answered: string[] = [];
    await drainTo(async (commandId) => {
      answered.push(commandId);
      return {};
    }).drain();
    expect(answered).toEqual(['free:1']);
    expect(await left()).toHaveLength(3000);
  });

  test('a refused command stays for a person and does not stop those behind it; one whose job is gone is owed to nobody', async () => {
    await enqueueAll(db.database, [
      message('a', 1),
      { ...message('a', 2), command: { type: 'completeJob', jobKey: '7' } },
      message('a', 3),
    ]);
    const answered: string[] = [];
    await drainTo(async (commandId) => {
      if (commandId === 'a:1') throw new CommandRejected('INVALID_ARGUMENT', 'no such message');
      if (commandId === 'a:2') throw new CommandRejected('NOT_FOUND', 'no such job');
      answered.push(commandId);
      return {};
    }).drain();
    expect(answered).toEqual(['a:3']);
    expect(
      await db.database.query('select command_id, refused_code from engine_outbox where refused_code is not null'),
    ).toEqual([{ command_id: 'a:1', refused_code: 'INVALID_ARGUMENT' }]);
  });
});
