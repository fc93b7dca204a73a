import { afterAll, beforeAll } from '@jest/globals';
import { journeyInTheBrowser } from '../../browser/journey.ts';
import { testHouse } from '../../support/house.ts';
import { onBroker, type TestBroker, testBroker } from '../../support/zeebe.ts';

let broker: TestBroker;
beforeAll(async () => {
  // Records come as a site gets them (in bulks, each second), so that the page's own waiting is what is tried.
  broker = await testBroker({ bulkSize: 200, controlledClock: false });
}, 400_000);
afterAll(() => broker?.remove(), 60_000);

journeyInTheBrowser('one demand from registration to write-off, in the browser, on a real Zeebe', (start) =>
  testHouse(start, onBroker(broker)),
);
