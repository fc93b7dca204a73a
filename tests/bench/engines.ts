/**
 * `npm run bench:engines`: the same models on the embedded engine with PostgreSQL (a throw-away server, fsync and synchronous commit on),
 * with PGlite, and on a real Zeebe, at full durability and full history, one after the other on one machine. Clients start an instance,
 * wait for its user task in the record stream and complete it. Each measurement has a process of its own.
 * Arguments: `--seconds 20 --clients 16 --models a,b,c --sides postgresql,pglite,zeebe --timers 100000 --zeebe-timers 10000 --zeebe-bulk 64`;
 * `--write` puts the tables into docs/performance.md; `--keep FILE` adds to the results of an earlier run in that file.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureSide, SIDES, type SideFigures } from './engine-sides.ts';
import { tablesOf, writeTables } from './engine-tables.ts';

const { values: args } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    clients: { type: 'string', default: '16' },
    models: { type: 'string', default: 'a,b,c' },
    sides: { type: 'string', default: SIDES.join(',') },
    timers: { type: 'string', default: '100000' },
    'zeebe-timers': { type: 'string', default: '10000' },
    'zeebe-bulk': { type: 'string', default: '64' },
    write: { type: 'boolean', default: false },
    keep: { type: 'string' },
  },
});

const known: SideFigures[] =
  args.keep && existsSync(args.keep) ? (JSON.parse(readFileSync(args.keep, 'utf8')) as SideFigures[]) : [];
const results = new Map(known.map((figures) => [figures.side, figures]));
for (const side of SIDES.filter((name) => args.sides.split(',').includes(name))) {
  const figures = await measureSide(side, {
    seconds: Number(args.seconds),
    clients: Number(args.clients),
    models: args.models.split(','),
    bulkSize: Number(args['zeebe-bulk']),
    timers: Number(side === 'zeebe' ? args['zeebe-timers'] : args.timers),
  });
  results.set(side, figures);
}
const all = SIDES.flatMap((side) => results.get(side) ?? []);
if (args.keep) writeFileSync(args.keep, `${JSON.stringify(all, null, 2)}\n`);
const tables = tablesOf(all, { seconds: Number(args.seconds), clients: Number(args.clients) });
console.log(tables);
if (args.write) writeTables(tables);
