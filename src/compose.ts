import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, DEVELOPMENT_RECORDS_PASSWORD, prepareZeebeClient } from './config.ts';
import { type EntityManager, migratedImage, openDatabase, sqlOf } from './db/orm.ts';
import type { Database, Sql } from './db/sql.ts';
import { checkModel, EmbeddedEngine } from './engine/embedded/index.ts';
import {
  commandsWritten,
  dropRefused,
  listRefused,
  OutboxDrain,
  resendRefused,
  takeRefusal,
} from './engine/outbox/index.ts';
import { CommandRejected, DeploymentRejected, type RecordReceiver } from './engine/port.ts';
import { EngineRouter, engineOfKey } from './engine/router/index.ts';
import type { ZeebeEngine } from './engine/zeebe/index.ts';
import { type Actor, SYSTEM_ACTOR } from './kernel/actor.ts';
import { AdjustableClock, type Clock, shanghaiDate, systemClock } from './kernel/clock.ts';
import { isDomainError } from './kernel/errors.ts';
import { type Ids, randomIds } from './kernel/ids.ts';
import { createLogger, type Logger } from './kernel/logger.ts';
import { seedPassword } from './modules/access/index.ts';
import {
  entities as attachmentEntities,
  clamdScanner,
  folderStore,
  type Scanning,
  scanFile,
  scanWaiting,
  sweepPending,
} from './modules/attachments/index.ts';
import { type Calendar, calendarVersion, loadCalendar, seedCalendar } from './modules/calendar/index.ts';
import { entities as deadlineEntities } from './modules/deadlines/index.ts';
import { entities as demandEntities, type ParameterFacts } from './modules/demands/index.ts';
import { entities as feedbackEntities } from './modules/feedback/index.ts';
import { type Form, loadFormFiles } from './modules/forms/index.ts';
import { consoleChannel, gatewayChannel, mailChannel, noChannel } from './modules/notifications/index.ts';
import { loadDirectory, type OrgDirectory, orgVersion, seedOrg } from './modules/org/index.ts';
import {
  analysisCheck,
  backtestCheck,
  deployProcesses,
  findRelease,
  formsInForce,
  formUseCheck,
  type GateWork,
  loadProcessFiles,
  loadScenarioFiles,
  type ProcessFile,
  type PublishWork,
  processesInForce,
  seedForms,
  seedScenarios,
  WITH_THE_PROGRAM,
} from './modules/processes/index.ts';
import {
  activeRuleSet,
  evaluateRuleSet,
  examplesInForce,
  loadRuleFiles,
  parameterReader,
  type RuleSet,
  runWaitingBacktests,
  seedRuleSets,
} from './modules/rules/index.ts';
import { loadDefinitions, seedDefinitions } from './modules/statistics/index.ts';
import { entities as taskEntities } from './modules/tasks/index.ts';
import { repeatableIds, scenarioCheck, trialOpener } from './tryout/index.ts';
import { createApp } from './web/app.ts';
import { formOptions, OPTION_SOURCES } from './web/form-options.ts';
import type { House, Outlook, Unit } from './web/house.ts';
import {
  anonymiseDaily,
  type Before,
  calendarCheck,
  calendarPublisher,
  dailyAnchor,
  dailyStatistics,
  deliverDueMessages,
  designWordsOf,
  evaluateForDemand,
  formEffect,
  instanceOfDemand,
  jobHandlers,
  migrateInstances,
  NextStep,
  openTaskOf,
  publishAndTell,
  publishDueReleases,
  type ReconcileReport,
  reconcileEngine,
  recordProjector,
  refreshOpenTasks,
  sendLedgerDigests,
  surroundingsOf,
  sweepDeadlines,
  sweepLevels,
  taskCandidates,
} from './workers/index.ts';

const ROOT = join(import.meta.dirname, '..');
const SWEEP_MS = 30_000;
const RECONCILE_MS = 600_000;
/** Demo accounts share one password, printed at start; production refuses the demo. */
const DEMO_PASSWORD = 'suying-demo-2026';

/** A sentence for the operator. */
export class ListenError extends Error {
  override name = 'ListenError';
}

export interface Composed {
  house: House;
  listen(): Promise<string>;
  announce(address: string): void;
  /** Delivers commands, runs jobs, fires timers and projects records until nothing is left to do. */
  settle(): Promise<void>;
  sweep(): Promise<number>;
  stop(): Promise<void>;
}

export interface ComposeOptions {
  clock?: Clock;
  /** Do not sweep in the background; tests call `sweep`. */
  quiet?: boolean;
  /** The operator's command line: nothing runs, nothing is deployed, others' work is left alone. */
  still?: boolean;
  /** What a database in memory starts from. */
  image?: Blob;
  ids?: Ids;
  /** What is in force from the beginning instead of what the program brings: of a house in which designs are tried. */
  basis?: Basis;
}

/** What is in force, and what a job has answered before. */
interface Versions extends Before {
  org: number;
  calendar: number;
  rules: number;
  forms: number;
}

interface Basis {
  processes: readonly ProcessFile[];
  /** Fills the empty database. */
  fill(tx: Sql): Promise<void>;
}

const json = async (...path: string[]) => JSON.parse(await readFile(join(ROOT, ...path), 'utf8'));

/** The only place that knows every part: picks database and engine, wires modules, workers and web. Long because it is the table of the house. */
export async function compose(config: Config, options: ComposeOptions = {}): Promise<Composed> {
  const logger = createLogger(config.LOG_LEVEL);
  const demoClock =
    config.DEMO && !options.clock ? new AdjustableClock(config.DEMO_START ?? new Date(), { ticking: true }) : undefined;
  const clock = options.clock ?? demoClock ?? systemClock;
  const ids = options.ids ?? randomIds(() => clock.now().getTime());
  const opened = await openDatabase(
    [...demandEntities, ...deadlineEntities, ...taskEntities, ...feedbackEntities, ...attachmentEntities],
    {
      ...(config.DATABASE_URL ? { url: config.DATABASE_URL } : {}),
      dataDir: config.PGLITE_DATA ?? config.DATA_DIR,
      poolSize: config.DATABASE_POOL,
      ...(options.image ? { image: options.image } : {}),
    },
  );
  const { database } = opened;
  const zeebe = await zeebeEngine(config, database, logger);
  const engine = new EngineRouter({
    database,
    primary: config.ENGINE,
    engines: [
      new EmbeddedEngine({ database, clock, logger, partitions: config.ENGINE_PARTITIONS }),
      ...(zeebe ? [zeebe] : []),
    ],
    homeOf: async (demandId) => {
      const key = await instanceOfDemand(database, demandId);
      return key === undefined ? undefined : engineOfKey(key);
    },
    now: () => Date.now(),
  });
  const attachmentFolder = config.ATTACHMENT_DIR ?? join(config.DATA_DIR, 'attachments');
  const files = folderStore(attachmentFolder);
  const outbox = new OutboxDrain({ database, engine, logger });
  const dictionary = await json('data', 'routing-dictionary.json');
  const clauses = await json('data', 'policy-clauses.json');
  const ruleFiles = await loadRuleFiles(join(ROOT, 'rules'));
  const shippedParameters = ruleFiles.find((file) => file.id === 'deadlines')!.ruleSet.default.outcome;
  await seed();

  // Snapshots are read again only when their version has moved.
  let directoryOf: { key: string; directory: OrgDirectory } | undefined;
  const directory = async (
    sql = database as Pick<typeof database, 'query'>,
    version?: number,
  ): Promise<OrgDirectory> => {
    const key = `${version ?? (await orgVersion(sql))} ${shanghaiDate(clock.now())}`;
    if (directoryOf?.key !== key) directoryOf = { key, directory: await loadDirectory(sql, shanghaiDate(clock.now())) };
    return directoryOf.directory;
  };
  let calendarOf: { version: number; calendar: Calendar } | undefined;
  const calendar = async (sql = database as Pick<typeof database, 'query'>, known?: number): Promise<Calendar> => {
    const version = known ?? (await calendarVersion(sql));
    if (calendarOf?.version !== version) calendarOf = { version, calendar: await loadCalendar(sql) };
    return calendarOf.calendar;
  };
  /** One question for what every page begins with; what has not moved is not read again. */
  const outlook = async (): Promise<Outlook> => {
    const [seen] = await database.query<{ org: number; calendar: number; rules: string | null }>(
      `select coalesce((select version from org_version where one), 0) as org,
              coalesce((select version from calendar_version where one), 0) as calendar,
              (select max(effective_from)::text from rule_set_version where effective_from <= $1::date) as rules`,
      [shanghaiDate(clock.now())],
    );
    const [people, days] = [await directory(database, seen!.org), await calendar(database, seen!.calendar)];
    return { directory: people, calendar: days, rules: seen!.rules };
  };

  let formsOf: { versions: number; forms: ReadonlyMap<string, Form> } = {
    versions: -1,
    forms: await formsInForce(database),
  };
  const rulesOf = { versions: -1, inForce: new Map<string, RuleSet>() };
  const examplesNow = async (sql: Sql): Promise<ReadonlyMap<string, unknown>> =>
    new Map([...(await examplesInForce(sql))].map(([id, text]) => [id, JSON.parse(text)]));
  let ruleExamples = await examplesNow(database);
  async function ruleSetOf(sql: Sql, id: string, day: string, versions: number): Promise<RuleSet> {
    const known = rulesOf.inForce.get(`${id} ${day}`);
    if (known) return known;
    const found = await activeRuleSet(sql, id, day);
    if (rulesOf.inForce.size > 500) rulesOf.inForce.clear();
    if (rulesOf.versions === versions) rulesOf.inForce.set(`${id} ${day}`, found);
    return found;
  }

  async function unitOf(em: EntityManager, actor: Actor, jobKey?: string): Promise<Unit & Before> {
    const sql = sqlOf(em);
    // One look at all versions: every unit of work begins with it. Published rules are only ever added to.
    const [versions] = await sql.query<Versions>(
      `select coalesce((select version from org_version where one), 0) as org,
              coalesce((select version from calendar_version where one), 0) as calendar,
              (select count(*)::int from rule_set_version) as rules, (select count(*)::int from form_version) as forms,
              (select variables from job_effect where job_key = $1) as answer`,
      [jobKey ?? null],
    );
    if (formsOf.versions !== versions!.forms) formsOf = { versions: versions!.forms, forms: await formsInForce(sql) };
    if (rulesOf.versions !== versions!.rules) {
      rulesOf.versions = versions!.rules;
      rulesOf.inForce.clear();
      ruleExamples = await examplesNow(sql);
    }
    const ruleSet = (id: string, day: string) => ruleSetOf(sql, id, day, versions!.rules);
    const people = await directory(sql, versions!.org);
    return {
      em,
      actor,
      clock,
      ids,
      answer: versions!.answer,
      directory: people,
      calendar: await calendar(sql, versions!.calendar),
      dictionary,
      async parameters(facts: ParameterFacts) {
        const inForce = await ruleSet('deadlines', shanghaiDate(clock.now()));
        const { outcome } = await evaluateRuleSet(inForce, facts);
        return parameterReader(outcome, inForce.version, shippedParameters);
      },
      async advise(id, facts, day) {
        const inForce = await ruleSet(id, day);
        const { outcome, reason } = await evaluateRuleSet(inForce, facts);
        return { outcome, reason, version: inForce.version };
      },
      resolveCandidates: (request) => taskCandidates(em, people, clock.now(), request),
    };
  }
  async function transaction<T>(
    actor: Actor,
    work: (unit: Unit, before: Before) => Promise<T>,
    jobKey?: string,
  ): Promise<T> {
    const before = commandsWritten();
    const result = await opened.em().transactional(async (em) => {
      const { answer, ...unit } = await unitOf(em as EntityManager, actor, jobKey);
      return work(unit, { answer });
    });
    if (commandsWritten() !== before) outbox.kick();
    return result;
  }
  const run = <T>(work: (unit: Unit, before: Before) => Promise<T>, jobKey?: string) =>
    transaction(SYSTEM_ACTOR, work, jobKey);

  const ruleSetNow = (sql: Sql, id: string, day: string) => ruleSetOf(sql, id, day, rulesOf.versions);
  const handlers = Object.entries(jobHandlers(run, evaluateForDemand(dictionary, ruleSetNow)));
  const nextStep = new NextStep();
  for (const [type, handler] of handlers) engine.handle(type, nextStep.watched(handler));
  engine.onRecords((name) =>
    inTimeOf(
      name === 'zeebe' ? clock : systemClock,
      recordProjector({
        engine: name,
        read: () => database,
        transaction: (work) => opened.em().transactional((em) => work(em as EntityManager)),
        taskWork: (em) => unitOf(em, SYSTEM_ACTOR),
        reached: (demandIds) => nextStep.reached(demandIds),
      }),
    ),
  );
  if (!options.still) await engine.start();
  const processFiles = options.basis?.processes ?? (await loadProcessFiles(join(ROOT, 'processes')));
  // Commands wait in the outbox until the engine has the diagrams: a message nobody waits for yet would be lost.
  const deploying = options.still
    ? undefined
    : untilReachable(logger, async () => {
        await deployProcesses(database, engine, await processesInForce(database, processFiles), {
          actor: SYSTEM_ACTOR,
          reason: WITH_THE_PROGRAM,
          now: clock.now(),
        });
        outbox.start();
      });
  await deploying?.first;

  const settleOnce = async () => {
    if (!deploying?.done()) return;
    for (let turn = 0; turn < 100; turn += 1) {
      await outbox.drain();
      try {
        await engine.settle();
      } catch (error) {
        // An engine that is away or never at rest is not waited for.
        if (error instanceof CommandRejected && error.code === 'UNAVAILABLE') return;
        throw error;
      }
      const [left] = await database.query<{ n: string }>(
        'select count(*) as n from engine_outbox where refused_code is null',
      );
      if (Number(left!.n) === 0) return;
    }
  };
  // On Zeebe standing still is found out with marks in the stream: many people who wait share one search.
  const settle = zeebe ? coalesced(settleOnce) : settleOnce;
  const anchor = dailyAnchor(run, config.ANCHOR_DIR);
  const statisticsOfTheDay = dailyStatistics(run);
  const publishing: PublishWork = {
    database,
    engine,
    now: () => clock.now(),
    uuid: () => ids.uuid(),
    publishCalendar: calendarPublisher(clock),
    failed: (error) => logger.error({ err: error }, 'a release could not be published'),
  };
  const gateWork: GateWork = {
    sql: database,
    now: () => clock.now(),
    surroundings: (together) => house.surroundings(together),
    async workday(day) {
      const known = await calendar();
      return { works: known.isWorkday(day), next: known.addWorkingDays(day, 1).dueDate };
    },
    further: [
      analysisCheck,
      formUseCheck(Object.keys(OPTION_SOURCES), () => clock.now()),
      (release, work) => scenarioCheck(openTrial)(release, work),
      backtestCheck,
      calendarCheck((work) => opened.em().transactional((em) => work(sqlOf(em as EntityManager))), clock),
    ],
  };
  const sweepClocks = async () => {
    await refreshOpenTasks(run as <T>(work: (unit: Unit) => Promise<T>) => Promise<T>);
    await publishDueReleases(publishing, run).catch((error: unknown) =>
      logger.error({ err: error }, 'publishing releases failed'),
    );
    const swept = (await sweepDeadlines(run)) + (await sweepLevels(run));
    if (swept > 0) outbox.kick();
    // Numbers that cannot be made must not keep the history from being sealed.
    await statisticsOfTheDay().catch((error: unknown) => logger.error({ err: error }, 'daily statistics failed'));
    await anonymiseDaily(run).catch((error: unknown) => logger.error({ err: error }, 'retention failed'));
    await sendLedgerDigests(run).catch((error: unknown) => logger.error({ err: error }, 'ledger digests failed'));
    await anchor();
    await sweepPending(database, files, clock.now());
    return swept;
  };
  const scanning: Scanning | undefined = config.CLAMD
    ? {
        run: run as Scanning['run'],
        store: files,
        scanner: clamdScanner(config.CLAMD),
        failed: (error) => logger.warn({ err: error }, '查毒服务没有结果：附件先不放行，稍后再查。'),
      }
    : undefined;
  const channels = messageChannels(config, logger);
  // Until somebody says how the site is reached from outside, links lead to this machine.
  let ownAddress = `http://${config.HOST}:${config.PORT}`;
  // On its own: a gateway that does not answer must not hold up the clocks.
  const deliver = coalesced(async () => {
    await deliverDueMessages({ run, channels, publicUrl: () => config.PUBLIC_URL ?? ownAddress });
    if (scanning) await scanWaiting(scanning, database);
  });
  let stopping = false;
  // One after the other, and apart from everything else: a million decisions must hold up nobody.
  const backtest = coalesced(async () => {
    await runWaitingBacktests(database, { now: () => clock.now(), stopping: () => stopping });
  });
  // Another node that is at the same item finds it settled.
  const migrate = coalesced(async () => {
    const submit: typeof engine.submit = (id, command) => engine.submit(id, command);
    await migrateInstances({ run, submit, stopping: () => stopping });
  });
  const migrateSoon = () =>
    void migrate().catch((error: unknown) => logger.error({ err: error }, 'migration interrupted, goes on later'));
  const sweep = async () => {
    const swept = await sweepClocks();
    await deliver();
    await backtest();
    await migrate();
    return swept;
  };
  let reconciled: ReconcileReport | undefined;
  const reconcile = async () => {
    reconciled = await reconcileEngine(
      {
        sql: database,
        now: () => clock.now(),
        wallNow: () => new Date(),
        openJobsAt: (keys) => engine.openJobsAt(keys),
        upToDate: async () => (await recordsBehind(database)) === 0 && (await zeebe?.caughtUp()) !== false,
        transaction: (work) => opened.em().transactional((em) => work(em as EntityManager)),
        openTaskOf: async (em, record) => {
          await openTaskOf(em, await unitOf(em, SYSTEM_ACTOR), record);
        },
      },
      { repair: true },
    );
    outbox.kick();
    return reconciled;
  };
  let sweeping: NodeJS.Timeout | undefined;
  let delivering: NodeJS.Timeout | undefined;
  let backtesting: NodeJS.Timeout | undefined;
  let migrating: NodeJS.Timeout | undefined;
  let comparing: NodeJS.Timeout | undefined;
  if (!options.quiet) {
    sweeping = setInterval(
      () => void sweepClocks().catch((error: unknown) => logger.error({ err: error }, 'deadline sweep failed')),
      SWEEP_MS,
    );
    sweeping.unref();
    delivering = setInterval(
      () => void deliver().catch((error: unknown) => logger.error({ err: error }, 'delivering messages failed')),
      SWEEP_MS,
    );
    delivering.unref();
    migrating = setInterval(migrateSoon, SWEEP_MS);
    migrating.unref();
    backtesting = setInterval(
      () => void backtest().catch((error: unknown) => logger.error({ err: error }, 'backtest failed')),
      SWEEP_MS,
    );
    backtesting.unref();
    comparing = setInterval(
      () => void reconcile().catch((error: unknown) => logger.error({ err: error }, 'reconciling failed')),
      RECONCILE_MS,
    );
    comparing.unref();
  }

  const settleTogether = settleBriefly(settle);
  const trials = new Set<Composed>();
  const openTrial = trialOpener({
    sql: database,
    async make(basis, trialClock) {
      schemaImage ??= migratedImage();
      const inner = await compose(trialConfig(config), {
        clock: trialClock,
        quiet: true,
        ids: repeatableIds(() => trialClock.now().getTime()),
        image: await schemaImage,
        basis,
      });
      trials.add(inner);
      return {
        sql: inner.house.sql,
        clock: trialClock,
        forms: () => inner.house.forms,
        directory: () => inner.house.directory(),
        ids: inner.house.ids,
        options: (people, actor, orgCode) => formOptions(inner.house, people, actor, orgCode),
        submitEngine: inner.house.submitEngine,
        inspect: inner.house.inspectInstance,
        address: await inner.listen(),
        settle: inner.settle,
        async moveTo(instant) {
          if (+instant > +trialClock.now()) trialClock.set(instant);
          await inner.sweep();
          await inner.settle();
        },
        close: () => {
          trials.delete(inner);
          return inner.stop();
        },
      };
    },
  });
  const house: House = {
    config,
    logger,
    secret: config.SESSION_SECRET ?? randomBytes(32).toString('hex'),
    limits: config.DEMO
      ? { requestsPerMinute: 6000, signInsPerTenMinutes: 600 }
      : { requestsPerMinute: 1200, signInsPerTenMinutes: 60 },
    clock,
    ids,
    sql: database,
    messageChannels: { MAIL: channels.MAIL.kind, SMS: channels.SMS.kind, IM: channels.IM.kind },
    get forms() {
      return formsOf.forms;
    },
    dictionary,
    clauses,
    get ruleExamples() {
      return ruleExamples;
    },
    files,
    ...(scanning ? { scanUpload: (id: string) => scanFile(scanning, id) } : {}),
    uploadFolder: join(attachmentFolder, 'incoming'),
    directory: (version) => directory(database, version),
    calendar: () => calendar(),
    outlook,
    transaction: (actor, work) => transaction(actor, work),
    formEffect,
    runBacktests: backtest,
    surroundings: async (together) =>
      surroundingsOf(
        {
          sql: database,
          clock,
          directory: await directory(),
          forms: formsOf.forms,
          jobTypes: handlers.map(([type]) => type),
          engineProblems: checkDiagram,
        },
        together,
      ),
    gate: () => gateWork,
    publishRelease: async (id) => {
      // Without an engine at work the service that runs, or the next one that starts, does it.
      if (options.still) return (await findRelease(database, id)).state;
      const state = await publishAndTell(publishing, run, id);
      // Forms and rules in force are looked at anew before the next page is drawn.
      await run(async () => undefined);
      return state;
    },
    designWords: () => designWordsOf({ sql: database, day: shanghaiDate(clock.now()), forms: formsOf.forms }),
    submitEngine: (commandId, command) => engine.submit(commandId, command),
    inspectInstance: (key) => engine.inspect(key),
    rehearseMigrations: (commands) => engine.rehearseMigrations(commands),
    settle: (demandId) => (demandId ? nextStep.of(demandId, settleTogether, PATIENCE_MS) : settleTogether()),
    outboxState: () => outbox.state(),
    refusedCommands: () => listRefused(database),
    settleRefused: (sql, sequence, how) => (how === 'resend' ? resendRefused : dropRefused)(sql, sequence),
    takeRefusal,
    migrateNow: migrateSoon,
    reconcile,
    reconciliation: () => reconciled,
    async engineState() {
      return {
        name: config.ENGINE,
        database: database.dialect,
        recordsBehind: await recordsBehind(database),
        jobTypes: handlers.map(([type]) => type),
        ...(zeebe ? { zeebe: await zeebe.health() } : {}),
      };
    },
    openTrial,
    ...(demoClock
      ? {
          demo: {
            password: DEMO_PASSWORD,
            async advance(milliseconds: number) {
              demoClock.advance(milliseconds);
              await sweep();
              await settle();
            },
          },
        }
      : {}),
  };
  let server: Server | undefined;

  async function seed(): Promise<void> {
    await database.transaction(async (tx) => {
      if (options.basis) return options.basis.fill(tx);
      await seedOrg(tx, await json('data', 'org.json'), { passwordHash: null });
      await seedCalendar(
        tx,
        await Promise.all([2025, 2026, 2027].map((year) => json('data', 'calendar', `${year}.json`))),
        await json('data', 'calendar', 'work-hours.json'),
      );
      await seedScenarios(tx, await loadScenarioFiles(join(ROOT, 'processes')), {
        actor: SYSTEM_ACTOR,
        now: clock.now(),
      });
      await seedForms(tx, await loadFormFiles(join(ROOT, 'processes')), { actor: SYSTEM_ACTOR, now: clock.now() });
      await seedRuleSets(tx, ruleFiles, { actor: SYSTEM_ACTOR, now: clock.now() });
      await seedDefinitions(tx, await loadDefinitions(join(ROOT, 'data', 'indicators')), clock.now());
      if (config.DEMO) await seedPassword(tx, DEMO_PASSWORD);
    });
  }

  return {
    house,
    settle,
    sweep,
    listen: () =>
      new Promise((resolve, reject) => {
        server = createApp(house).listen(config.PORT, config.HOST);
        // Longer than proxies and clients keep theirs: closing first would cut off a request on its way.
        server.keepAliveTimeout = KEEP_ALIVE_MS;
        server.headersTimeout = KEEP_ALIVE_MS + 1000;
        server.once('listening', () => {
          const address = server!.address();
          const port = typeof address === 'object' && address ? address.port : config.PORT;
          ownAddress = `http://${config.HOST}:${port}`;
          resolve(ownAddress);
        });
        server.once('error', (error: NodeJS.ErrnoException) => {
          reject(
            error.code === 'EADDRINUSE'
              ? new ListenError(`端口 ${config.PORT} 已被占用。请停掉占用它的程序，或设置 PORT 换一个端口。`)
              : error,
          );
        });
      }),
    announce(address) {
      const lines = [`速应已启动：${address}`];
      if (config.DEMO)
        lines.push(
          `演示环境，所有账号口令 ${DEMO_PASSWORD}`,
          ...DEMO_ACCOUNTS.map(([login, who]) => `  ${login.padEnd(14)} ${who}`),
        );
      console.log(lines.join('\n'));
    },
    async stop() {
      clearInterval(sweeping);
      clearInterval(delivering);
      clearInterval(backtesting);
      clearInterval(migrating);
      stopping = true;
      await backtest().catch((error: unknown) => logger.warn({ err: error }, 'a backtest was left unfinished'));
      clearInterval(comparing);
      await new Promise<void>((resolve) => {
        if (!server) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
      });
      for (const trial of trials) await trial.stop();
      deploying?.stop();
      await outbox.stop();
      await engine.stop();
      await opened.close();
      if (attachmentFolder.startsWith(TRIAL_FOLDER)) await rm(attachmentFolder, { recursive: true, force: true });
    },
  };
}

/** Made when somebody first tries something; the schema of a program never changes while it runs. */
let schemaImage: Promise<Blob> | undefined;

/** Where the uploads of a trial lie; only such a folder goes with its house. */
const TRIAL_FOLDER = join(tmpdir(), 'suying-trial-');

/** A house in memory, on the embedded engine, with no way out: nothing that happens in it leaves it. */
function trialConfig(config: Config): Config {
  const inside = { ...config } as Record<string, unknown>;
  for (const name of Object.keys(inside))
    if (
      /^(DATABASE_URL|CLAMD|ANCHOR_DIR|PUBLIC_URL|MAIL_|SMS_GATEWAY_URL|IM_GATEWAY_URL|ZEEBE_ADDRESS|ENGINE_PARTITIONS|DEMO_START)/.test(
        name,
      )
    )
      delete inside[name];
  return {
    ...inside,
    ENGINE: 'embedded',
    PGLITE_DATA: 'memory://',
    // Its sweep removes bytes no row of its own names; those of the real house would be among them.
    ATTACHMENT_DIR: `${TRIAL_FOLDER}${randomBytes(8).toString('hex')}`,
    DEMO: false,
    LOG_LEVEL: 'silent',
    HOST: '127.0.0.1',
    PORT: 0,
  } as unknown as Config;
}

/** Calls while one is running share the next run: each begins after it was asked for. */
function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const call = (): Promise<void> => {
    if (running) {
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined;
          return call();
        });
      return next;
    }
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return call;
}

/** The ways out of the house. Where none is set up, a demonstration writes to its log and a real site says so; neither counts as sent. */
function messageChannels(config: Config, logger: Logger) {
  const timeoutMs = config.MESSAGE_TIMEOUT_SECONDS * 1000;
  const otherwise = (name: string) =>
    config.NODE_ENV === 'production' ? noChannel : consoleChannel(logger, name, { showText: config.DEMO });
  const gateway = (name: 'SMS' | 'IM') => {
    const url = config[`${name}_GATEWAY_URL`];
    const token = config[`${name}_GATEWAY_TOKEN`];
    const accepted = config[`${name}_GATEWAY_ACCEPTED`];
    if (!url) return otherwise(name);
    return gatewayChannel({
      url,
      timeoutMs,
      body: config[`${name}_GATEWAY_BODY`],
      ...(token ? { token } : {}),
      ...(accepted ? { accepted } : {}),
    });
  };
  return {
    MAIL: config.MAIL_URL
      ? mailChannel({ url: config.MAIL_URL, from: config.MAIL_FROM!, timeoutMs })
      : otherwise('MAIL'),
    SMS: gateway('SMS'),
    IM: gateway('IM'),
  };
}

/** Batches of records of the embedded engine that have not been read yet. */
async function recordsBehind(database: Database): Promise<number> {
  const [row] = await database.query<{ n: number }>(
    `select count(*)::int as n from engine_record r where last_position > coalesce(
       (select position from projector_position where engine = 'embedded' and partition = r.partition), 0)`,
  );
  return row!.n;
}

/** The Zeebe adapter, when the configuration names a cluster; other sites do not load it, nor the client behind it. */
async function zeebeEngine(config: Config, database: Database, logger: Logger): Promise<ZeebeEngine | undefined> {
  if (config.ENGINE !== 'zeebe' && !config.ZEEBE_ADDRESS) return undefined;
  const { ZeebeEngine } = await import('./engine/zeebe/index.ts');
  return new ZeebeEngine({
    database,
    logger,
    options: {
      gateway: { address: config.ZEEBE_ADDRESS ?? '127.0.0.1:26500', tls: config.ZEEBE_TLS },
      endpoint: {
        host: config.ZEEBE_RECORDS_HOST,
        port: config.ZEEBE_RECORDS_PORT,
        username: config.ZEEBE_RECORDS_USER,
        password: config.ZEEBE_RECORDS_PASSWORD ?? DEVELOPMENT_RECORDS_PASSWORD,
        maxBytes: config.ZEEBE_RECORDS_MAX_MB * 1024 ** 2,
      },
      keepDays: config.ZEEBE_RECORDS_KEEP_DAYS,
      beforeClient: () => prepareZeebeClient(),
    },
  });
}

/** A broker has the time of its machine. Where the house keeps another one (the demo's, a test's), its records are told in that. */
function inTimeOf(clock: Clock, receiver: RecordReceiver): RecordReceiver {
  if (clock === systemClock) return receiver;
  return {
    fromPosition: (partition) => receiver.fromPosition(partition),
    receive(records) {
      const ahead = clock.now().getTime() - Date.now();
      return receiver.receive(records.map((record) => ({ ...record, timestamp: record.timestamp + ahead })));
    },
  };
}

const TRY_AGAIN_MS = 3000;

/** Does something now, or again and again in the background while the engine is away: people can work meanwhile. */
function untilReachable(logger: Logger, act: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  let done = false;
  let stopped = false;
  const attempt = async (): Promise<void> => {
    try {
      await act();
      done = true;
    } catch (error) {
      if (!(error instanceof CommandRejected) || error.code !== 'UNAVAILABLE') throw error;
      logger.warn({ reason: error.message }, '连不上流程引擎：登记和办理照常，流程在引擎恢复后继续。');
      if (stopped) return;
      timer = setTimeout(() => {
        attempt().catch((failed: unknown) => logger.error({ err: failed }, '流程图没有部署成功'));
      }, TRY_AGAIN_MS);
      timer.unref();
    }
  };
  return {
    first: attempt(),
    done: () => done,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Names of errors that an operator can mend; `kernel` errors and refused deployments besides. */
const MENDABLE = ['ConfigError', 'DatabaseOpenError', 'FolderInUseError', 'ListenError', 'EndpointError'];

/** The sentences for the operator, without a stack; undefined for a bug. */
export function operatorSentence(error: unknown): string | undefined {
  if (isDomainError(error))
    return [error.message, ...error.problems.map((item) => `  ${item.pointer} ${item.message}`)].join('\n');
  if (error instanceof DeploymentRejected)
    return [
      '流程图不能部署：',
      ...error.problems.map((item) => `  ${item.resource} ${item.elementId}：${item.reason}`),
    ].join('\n');
  return error instanceof Error && MENDABLE.includes(error.name) ? error.message : undefined;
}

/** What keeps a BPMN file from running on the embedded engine, with the element and the reason. */
export const checkDiagram = (name: string, content: string) => checkModel({ name, content });

/** The database alone, for the operator's commands: migrated, nothing started. */
export async function openForOperator(config: Config): Promise<{ database: Database; close(): Promise<void> }> {
  const opened = await openDatabase([], {
    ...(config.DATABASE_URL ? { url: config.DATABASE_URL } : {}),
    dataDir: config.PGLITE_DATA ?? config.DATA_DIR,
    poolSize: 2,
  });
  return { database: opened.database, close: () => opened.close() };
}

/** Accounts to begin with; every person of the demo organisation can sign in. */
const DEMO_ACCOUNTS: [string, string][] = [
  ['pengqingming', '舒城县局 第一税务分局负责人（受理、办理）'],
  ['fandongzhi', '舒城县局 纳服专岗（派单、回访、销号）'],
  ['lulidong', '舒城县局 税政一股负责人（办理）'],
  ['panlichun', '舒城县局 分管局领导（审批延期）'],
  ['zhaolichun', '市局 主要领导'],
];

const KEEP_ALIVE_MS = 75_000;

/** How long a page waits for the next step to appear: alone a moment, in a crowd hardly, for then others' work never ends. */
const PATIENCE_MS = 1500;
const PATIENCE_IN_A_CROWD_MS = 50;
const CROWD = 4;

/**
 * Waiting for the next step, shared by all requests: one settles, those that come meanwhile wait for the one after it. In a crowd nobody
 * settles: the house is at work for all of them anyway, and looking again and again whether it is at rest would only keep it from it.
 */
function settleBriefly(settle: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let waiting = 0;
  const begin = (): Promise<void> => {
    next = undefined;
    running = settle()
      .catch(() => undefined)
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const settled = (): Promise<void> => {
    if (running) next ??= running.then(begin);
    return next ?? begin();
  };
  return async () => {
    waiting += 1;
    const crowd = waiting > CROWD;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, crowd ? PATIENCE_IN_A_CROWD_MS : PATIENCE_MS);
    });
    await (crowd ? enough : Promise.race([settled(), enough]));
    clearTimeout(timer);
    waiting -= 1;
  };
}
