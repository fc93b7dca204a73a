import { testHouse } from '../support/house.ts';
import { journeyInTheBrowser } from './journey.ts';

/** Walks R11, R15, R17, R18, R24, R25 and R29 in the browser: the steps stand in `journey.ts`. */

journeyInTheBrowser('one demand from registration to write-off, in the browser, day by day', testHouse);
