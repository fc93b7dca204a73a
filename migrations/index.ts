import { Engine } from './0001-engine.ts';
import { History } from './0002-history.ts';
import { OrgAccess } from './0003-org-access.ts';
import { CalendarDeadlines } from './0004-calendar-deadlines.ts';
import { Rules } from './0005-rules.ts';
import { Processes } from './0006-processes.ts';
import { DemandsTasks } from './0007-demands-tasks.ts';
import { SignIn } from './0008-sign-in.ts';
import { Attachments } from './0009-attachments.ts';
import { ParkedForms } from './0010-parked-forms.ts';
import { Ledger } from './0013-ledger.ts';
import { LedgerMarks } from './0014-ledger-marks.ts';
import { DemandPage } from './0016-demand-page.ts';
import { Work } from './0019-work.ts';
import { CalendarAdministration } from './0022-calendar-administration.ts';
import { RolesFromADate } from './0023-roles-from-a-date.ts';
import { WarnAt } from './0024-warn-at.ts';
import { RecordMarks } from './0030-record-marks.ts';
import { EngineWrite } from './0035-engine-write.ts';
import { ZeebeRecords } from './0040-zeebe-records.ts';
import { EngineHomes } from './0041-engine-homes.ts';
import { Reconciling } from './0042-reconciling.ts';
import { TaskRefresh } from './0050-task-refresh.ts';
import { JointAndLevels } from './0060-joint-and-levels.ts';
import { LegalRoutes } from './0063-legal-routes.ts';
import { LegalDepartments } from './0064-legal-departments.ts';
import { Returns } from './0066-returns.ts';
import { Deferrals } from './0067-deferrals.ts';
import { Supplements } from './0068-supplements.ts';
import { Messages } from './0069-messages.ts';
import { VisitLinks } from './0070-visit-links.ts';
import { Supervision } from './0071-supervision.ts';
import { Statistics } from './0072-statistics.ts';
import { CommonDemands } from './0073-common-demands.ts';
import { Bulletins } from './0074-bulletins.ts';
import { EnginePartitions } from './0075-engine-partitions.ts';
import { Papers } from './0080-papers.ts';
import { Scans } from './0081-scans.ts';
import { LedgerOrder } from './0083-ledger-order.ts';
import { FormVersions } from './0090-form-versions.ts';
import { Backtest } from './0091-backtest.ts';
import { BacktestRuns } from './0093-backtest-runs.ts';
import { Scenarios } from './0094-scenarios.ts';
import { Releases } from './0095-releases.ts';
import { RuleExamples } from './0096-rule-examples.ts';
import { Instances } from './0097-instances.ts';
import { LedgerSubscriptions } from './0099-ledger-subscriptions.ts';
import { PersonalData } from './0100-personal-data.ts';
import { ScenarioVersions } from './0101-scenario-versions.ts';
import { LessPersonalData } from './0102-less-personal-data.ts';
import { ForeseenClocks } from './0103-foreseen-clocks.ts';

/** Numbered and forward only: a migration that has run somewhere is never edited; a mistake is mended by the next one. */
export const migrations: any[] = [
  Engine,
  History,
  OrgAccess,
  CalendarDeadlines,
  Rules,
  Processes,
  DemandsTasks,
  SignIn,
  Attachments,
  ParkedForms,
  Ledger,
  LedgerMarks,
  DemandPage,
  Work,
  CalendarAdministration,
  RolesFromADate,
  WarnAt,
  RecordMarks,
  EngineWrite,
  ZeebeRecords,
  EngineHomes,
  Reconciling,
  TaskRefresh,
  JointAndLevels,
  LegalRoutes,
  LegalDepartments,
  Returns,
  Deferrals,
  Supplements,
  Messages,
  VisitLinks,
  Supervision,
  Statistics,
  CommonDemands,
  Bulletins,
  EnginePartitions,
  Papers,
  Scans,
  LedgerOrder,
  FormVersions,
  Backtest,
  BacktestRuns,
  Scenarios,
  Releases,
  RuleExamples,
  Instances,
  LedgerSubscriptions,
  PersonalData,
  ScenarioVersions,
  LessPersonalData,
  ForeseenClocks,
];
