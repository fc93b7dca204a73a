import type { House } from '../house.ts';
import type { Route } from '../route.ts';
import { calendarPages } from './admin/calendar.ts';
import { calendarChangePages } from './admin/calendar-changes.ts';
import { calendarImportPages } from './admin/calendar-import.ts';
import { delegationPages } from './admin/delegations.ts';
import { incidentPages } from './admin/incidents.ts';
import { instanceActPages } from './admin/instance-acts.ts';
import { instancePages } from './admin/instances.ts';
import { migrationPages } from './admin/migrations.ts';
import { operationPages } from './admin/operations.ts';
import { orgPages } from './admin/org.ts';
import { parameterPages } from './admin/parameters.ts';
import { processPages } from './admin/processes.ts';
import { releasePages } from './admin/releases/index.ts';
import { ruleWorkshopPages } from './admin/rule-workshop/index.ts';
import { rulePages } from './admin/rules.ts';
import { templatePages } from './admin/templates.ts';
import { toDoPages } from './admin/to-do.ts';
import { userChangePages } from './admin/user-changes.ts';
import { userPages } from './admin/users.ts';
import { designPages } from './design/index.ts';

/** Administration: processes, rules, calendar, organisation, operation. */
export const adminPages = (house: House): Route[] => [
  ...toDoPages(house),
  // Before the catalogue: `/processes/new` is no process.
  ...designPages(house),
  ...processPages(house),
  ...rulePages(house),
  ...ruleWorkshopPages(house),
  ...releasePages(house),
  ...parameterPages(house),
  ...calendarPages(house),
  ...calendarImportPages(house),
  ...calendarChangePages(house),
  ...orgPages(house),
  ...userPages(house),
  ...userChangePages(house),
  ...delegationPages(house),
  ...templatePages(house),
  ...operationPages(house),
  ...incidentPages(house),
  ...instancePages(house),
  ...instanceActPages(house),
  ...migrationPages(house),
];
