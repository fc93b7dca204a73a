/** Return visits, satisfaction, and what follows from dissatisfaction. */
export { entities, type ReturnVisit, ReturnVisitEntity } from './entities.ts';
export { judgeVisit, recordVisit, type VisitInput } from './record-visit.ts';
