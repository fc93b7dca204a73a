import type { Release } from '../../../../modules/processes/index.ts';

/** The field in which the author says why a scenario goes another way from now on. */
export const expectationField = (release: Release, scenario: string): string => {
  const asked = (release.report ?? []).flatMap((one) => one.findings.flatMap((finding) => finding.scenario ?? []));
  return `expect-${asked.indexOf(scenario)}`;
};
