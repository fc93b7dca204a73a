import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lintProcess, processesInForce } from '../../src/modules/processes/index.ts';
import { JOB_WORDS, MESSAGE_WORDS } from '../../src/workers/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';

describe('what a design may lean on', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
  });
  afterAll(() => house?.stop());

  test('every diagram in force is without an error, on both engines and in the organisation as it is', async () => {
    const around = await house.house.surroundings();
    const files = await processesInForce(house.house.sql, []);
    expect(files.length).toBeGreaterThan(10);
    for (const { processId, resource, xml } of files) {
      const findings = await lintProcess(resource, xml, around);
      expect([processId, findings.filter((finding) => finding.severity === 'error')]).toEqual([processId, []]);
    }
  });

  test('every job type has its words, every message a diagram catches has them', async () => {
    expect(Object.keys(JOB_WORDS).sort()).toEqual([...(await house.house.engineState()).jobTypes].sort());
    const files = await processesInForce(house.house.sql, []);
    const caught = files.flatMap((file) =>
      [...file.xml.matchAll(/<bpmn:message [^>]*name="([^"]+)"/g)].map((m) => m[1]!),
    );
    expect(caught.filter((name) => !Object.hasOwn(MESSAGE_WORDS, name))).toEqual([]);
  });

  test('drafts that are released together count', async () => {
    const alone = await house.house.surroundings();
    expect(alone.processes).not.toContain('second-look');
    const [form] = [...house.house.forms.values()];
    const together = await house.house.surroundings({
      processes: ['second-look'],
      ruleSets: ['second-look'],
      forms: new Map([['second-look', { ...form!, id: 'second-look' }]]),
    });
    expect(together.processes).toContain('second-look');
    expect(together.ruleSets).toContain('second-look');
    expect(together.forms.has('second-look')).toBe(true);
    expect(together.forms.size).toBe(alone.forms.size + 1);
  });

  test('a called process is handed what its callers hand over, nothing else', async () => {
    const around = await house.house.surroundings();
    expect([...new Set(around.given('extension-approval'))].sort()).toEqual(['demandId', 'extensionId']);
    expect(around.given('nobody-calls-it')).toEqual([]);
  });

  test('vendor files are served from their packages, kept for ever by their version; nothing else of a package is', async () => {
    const { vendorUrl } = await import('../../src/web/vendor.ts');
    const visitor = new Visitor(house.address);
    for (const url of [
      vendorUrl('bpmn-js', 'camunda-cloud-modeler.production.min.js'),
      vendorUrl('bpmn-js', 'assets/bpmn-font/font/bpmn.woff2'),
      vendorUrl('bpmn-js-i18n', 'zn.js'),
      vendorUrl('form-js', 'form-editor.umd.js'),
    ]) {
      const answer = await fetch(`${house.address}${url}`);
      expect([url, answer.status, answer.headers.get('cache-control')]).toEqual([
        url,
        200,
        'public, max-age=31536000, immutable',
      ]);
      await answer.arrayBuffer();
    }
    for (const path of ['/vendor/bpmn-js/0.0.1/assets/diagram-js.css', '/vendor/bpmn-js/package.json'])
      expect([path, (await visitor.get(path)).status]).toEqual([path, 404]);
  });
});
