import { testHouse } from '../support/house.ts';
import { workshopWalk } from './workshop-walk.ts';

workshopWalk('from a drawn step to demands that take it, in the browser', testHouse, { migrates: true });
