/**
 * `npm run test:crash -- --kills 200 --databases postgresql,pglite --partitions 4`: the long crash run. Ends with 1 when anything confirmed was lost
 * or anything happened twice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withServer } from '../support/postgres-server.ts';
import { type CrashReport, crashRun } from './crash-run.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    databases: { type: 'string', default: 'postgresql,pglite' },
    partitions: { type: 'string', default: '1' },
    walkers: { type: 'string', default: '8' },
  },
});

async function run(database: string, url?: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'suying-crash-'));
  try {
    const report = await crashRun({
      folder,
      ...(url ? { url } : {}),
      kills: Number(values.kills),
      walkers: Number(values.walkers),
      partitions: Number(values.partitions),
      stepsAtMost: 24,
      log: (line) => console.log(`${database} ${line}`),
    });
    tell(database, report);
    return report.wrong.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(database: string, report: CrashReport): void {
  const middle = report.recoveryMs[Math.floor(report.recoveryMs.length / 2)];
  console.log(
    `${database}, ${values.partitions} partition(s): ${report.kills} kills; confirmed ${report.confirmedRegistrations} registrations and ${report.confirmedCompletions} completions; ` +
      `${report.demands} demands, ${report.writtenOff} written off; lost or doubled ${report.wrong.length}; restart to first answer ${middle} ms median, ${report.recoveryMs.at(-1)} ms longest`,
  );
  for (const line of report.wrong.slice(0, 50)) console.error(`  ${line}`);
}

let well = true;
if (values.databases!.includes('postgresql'))
  well = (await withServer(async (_url, fresh) => run('postgresql', await fresh()))) && well;
if (values.databases!.includes('pglite')) well = (await run('pglite')) && well;
process.exitCode = well ? 0 : 1;
