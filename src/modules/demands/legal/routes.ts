/** Statutory routes (法定途径) a demand may belong to, and what the house says of each. */
export const LEGAL_ROUTES = {
  RECONSIDERATION: '行政复议',
  HEARING: '听证',
  LITIGATION: '行政诉讼',
  STATE_COMPENSATION: '国家赔偿',
  TAX_VIOLATION_REPORT: '税收违法检举',
  DISCIPLINE_CLUE: '廉政、作风线索',
  SERVICE_COMPLAINT: '纳税服务投诉',
  PETITION: '信访',
  INFORMATION_DISCLOSURE: '政府信息公开',
  NOT_OUR_DUTY: '不属税务职责',
} as const;
export type LegalRoute = keyof typeof LEGAL_ROUTES;

export const isLegalRoute = (value: unknown): value is LegalRoute =>
  typeof value === 'string' && Object.hasOwn(LEGAL_ROUTES, value);
export const legalRouteTitle = (route: string | null | undefined): string =>
  isLegalRoute(route) ? LEGAL_ROUTES[route] : '';

/** Routes whose demands nobody may even know of without the right to read them (检举、纪检). */
export const SECRET_ROUTES: readonly string[] = ['DISCIPLINE_CLUE', 'TAX_VIOLATION_REPORT'];

/** `path` of a demand that has gone this way; a complaint is handled as an ordinary demand besides. */
export const pathOfRoute = (route: LegalRoute): string =>
  route === 'RECONSIDERATION' ? 'RECONSIDERATION' : route === 'NOT_OUR_DUTY' ? 'NOT_OUR_DUTY' : 'LEGAL_ROUTE';

/** Paths on which a demand is passed on and not handled here: no return visit, no grading, not in the completion rate. */
const DIVERTED_PATHS: readonly string[] = ['RECONSIDERATION', 'LEGAL_ROUTE', 'NOT_OUR_DUTY'];
export const isDiverted = (demand: { path?: string | null; completedAt?: Date | null }): boolean =>
  DIVERTED_PATHS.includes(demand.path ?? '') && demand.completedAt != null;
