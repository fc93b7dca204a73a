export type { WalkedFlow } from './branches.ts';
export { blocks, type DesignFinding, FINDING_GROUPS, type FindingGroup } from './finding.ts';
export { callsAmong, handedOver } from './handed-over.ts';
export { lintDiagramAlone, lintProcess, type Surroundings } from './lint-process.ts';
export { variablesRead } from './variables.ts';
