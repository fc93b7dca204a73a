import { expect, test } from '@jest/globals';
import { CommandRejected, type EngineRecord, type ProcessEngine } from '../../src/engine/port.ts';
import { model, serviceTask } from './migration-models.ts';

/** What becomes of an incident when several act on it at once: the same on every engine. */
export function incidentRaces(site: { engine(): ProcessEngine; records(): readonly EngineRecord[] }): void {
  let turn = 0;

  /** An instance whose job has used up its retries. */
  async function stuck() {
    turn += 1;
    const id = `race${turn}`;
    const engine = site.engine();
    await engine.deploy([{ name: `${id}.bpmn`, content: model(id, serviceTask('step', `step-${id}`)) }]);
    const { key: instance } = await engine.submit(`start-${id}`, { type: 'createInstance', processId: id });
    await engine.settle();
    const of = (valueType: string, intent: string) =>
      site
        .records()
        .filter(
          (record) =>
            record.processInstanceKey === instance && record.valueType === valueType && record.intent === intent,
        );
    const jobKey = of('JOB', 'CREATED')[0]!.key;
    await engine.submit(`fail-${id}`, { type: 'failJob', jobKey, retries: 0, errorMessage: 'no answer' });
    await engine.settle();
    const incidentKey = of('INCIDENT', 'CREATED')[0]!.key;
    return { id, engine, instance: instance!, jobKey, incidentKey, of };
  }

  /** What each of several commands sent at once was answered. */
  const answers = async (commands: Promise<unknown>[]): Promise<string[]> =>
    (await Promise.allSettled(commands)).map((answer) => {
      if (answer.status === 'fulfilled') return 'OK';
      if (answer.reason instanceof CommandRejected) return answer.reason.code;
      throw answer.reason;
    });

  test('two people resolve the same incident: one does, the other is told that it is gone', async () => {
    const { id, engine, jobKey, incidentKey, of } = await stuck();
    const act = async (who: string) => {
      await engine.submit(`${who}-retries-${id}`, { type: 'updateRetries', jobKey, retries: 1 });
      await engine.submit(`${who}-resolve-${id}`, { type: 'resolveIncident', incidentKey });
    };
    expect((await answers([act('one'), act('other')])).sort()).toEqual(['NOT_FOUND', 'OK']);
    await engine.settle();
    expect(of('INCIDENT', 'RESOLVED')).toHaveLength(1);
    await engine.submit(`complete-${id}`, { type: 'completeJob', jobKey });
    await engine.settle();
    expect(of('INCIDENT', 'CREATED')).toHaveLength(1);
    expect(of('JOB', 'COMPLETED')).toHaveLength(1);
  });

  test('the same click twice is one', async () => {
    const { id, engine, jobKey, incidentKey, of } = await stuck();
    await engine.submit(`retries-${id}`, { type: 'updateRetries', jobKey, retries: 1 });
    const click = () => engine.submit(`resolve-${id}`, { type: 'resolveIncident', incidentKey });
    expect(await answers([click(), click()])).toEqual(['OK', 'OK']);
    expect(await answers([click()])).toEqual(['OK']);
    await engine.settle();
    expect(of('INCIDENT', 'RESOLVED')).toHaveLength(1);
  });

  test('an incident is resolved while its instance is cancelled: it is over either way, and nothing stays behind', async () => {
    const { id, engine, instance, jobKey, incidentKey, of } = await stuck();
    const [retries, resolved, cancelled] = await answers([
      engine.submit(`retries-${id}`, { type: 'updateRetries', jobKey, retries: 1 }),
      engine.submit(`resolve-${id}`, { type: 'resolveIncident', incidentKey }),
      engine.submit(`cancel-${id}`, { type: 'cancelInstance', processInstanceKey: instance }),
    ]);
    expect(cancelled).toBe('OK');
    for (const answer of [retries, resolved]) expect(['OK', 'NOT_FOUND']).toContain(answer);
    await engine.settle();
    expect(of('INCIDENT', 'RESOLVED')).toHaveLength(of('INCIDENT', 'CREATED').length);
    expect(of('JOB', 'CANCELED')).toHaveLength(1);
    expect(
      await answers([
        engine.submit(`late-${id}`, { type: 'resolveIncident', incidentKey: of('INCIDENT', 'CREATED').at(-1)!.key }),
      ]),
    ).toEqual(['NOT_FOUND']);
  });

  test('a job fails again while its incident is being resolved: the newest incident tells, each once', async () => {
    const { id, engine, jobKey, incidentKey, of } = await stuck();
    await engine.submit(`retries-${id}`, { type: 'updateRetries', jobKey, retries: 1 });
    await engine.submit(`resolve-${id}`, { type: 'resolveIncident', incidentKey });
    const failing = (who: string) =>
      engine.submit(`${who}-fail-${id}`, { type: 'failJob', jobKey, retries: 0, errorMessage: 'again' });
    const told = await answers([failing('one'), failing('other')]);
    // Two workers had the job in hand; the second comes too late for a job that has failed already.
    expect(told).toContain('OK');
    await engine.settle();
    expect(of('INCIDENT', 'CREATED').length - of('INCIDENT', 'RESOLVED').length).toBe(1);
  });
}
