import { testHouse } from '../support/house.ts';
import { journeyInTheBrowser } from './journey.ts';

journeyInTheBrowser('one demand from registration to write-off, in the browser, day by day', testHouse);
