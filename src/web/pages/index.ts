import { Router } from 'express';
import type { House } from '../house.ts';
import { mount, type Route } from '../route.ts';
import { adminPages } from './admin.ts';
import { attachmentPages } from './attachments.ts';
import { auditPages } from './audit.ts';
import { bulletinPages } from './bulletins.ts';
import { deferralPages } from './deferrals.ts';
import { demandPages } from './demands.ts';
import { demoPages } from './demo.ts';
import { dispatchPages } from './dispatch.ts';
import { helpPages } from './help.ts';
import { inboxPages } from './inbox.ts';
import { ledgerPages } from './ledger.ts';
import { subscriptionPages } from './ledger-subscriptions.ts';
import { legalPages } from './legal/follow-up-list.ts';
import { mePages } from './me.ts';
import { paperPages } from './papers.ts';
import { privacyPages } from './privacy.ts';
import { publicPages } from './public.ts';
import { reconciliationPages } from './reconciliation.ts';
import { registerPages } from './register.ts';
import { registeredPages } from './registered.ts';
import { reminderPages } from './reminders.ts';
import { signInPages } from './sign-in.ts';
import { splitPages } from './split.ts';
import { statisticsPages } from './statistics.ts';
import { supervisionPages } from './supervision.ts';
import { taskPages } from './tasks.ts';
import { topicPages } from './topics.ts';
import { visitPages } from './visits.ts';

/** All pages of the site. */
export const pageRoutes = (house: House): Route[] => [
  ...signInPages(house),
  ...mePages(house),
  ...publicPages(house),
  ...reminderPages(house),
  ...inboxPages(house),
  ...helpPages(),
  ...demoPages(house),
  ...subscriptionPages(house),
  ...privacyPages(house),
  ...registerPages(house),
  ...registeredPages(house),
  ...ledgerPages(house),
  ...demandPages(house),
  ...paperPages(house),
  ...splitPages(house),
  ...deferralPages(house),
  ...legalPages(house),
  ...taskPages(house),
  ...dispatchPages(house),
  ...visitPages(house),
  ...supervisionPages(house),
  ...statisticsPages(house),
  ...reconciliationPages(house),
  ...topicPages(house),
  ...bulletinPages(house),
  ...adminPages(house),
  ...auditPages(house),
  ...attachmentPages(house),
];

export function pages(routes: readonly Route[]): Router {
  const router = Router();
  mount(router, routes);
  return router;
}
