import { afterAll, beforeAll } from '@jest/globals';
import { workshopWalk } from '../../browser/workshop-walk.ts';
import { testHouse } from '../../support/house.ts';
import { onBroker, type TestBroker, testBroker } from '../../support/zeebe.ts';

let broker: TestBroker;
beforeAll(async () => {
  broker = await testBroker({ controlledClock: false });
}, 400_000);
afterAll(() => broker?.remove(), 60_000);

// What waits for messages stays with its version there: Zeebe 8.5 cannot migrate it, and the page says so of each.
workshopWalk(
  'R2, R27: from a drawn step to demands that take it, in the browser, on a real Zeebe',
  (start) => testHouse(start, onBroker(broker)),
  { migrates: false },
);
