import { testHouse } from '../support/house.ts';
import { workshopWalk } from './workshop-walk.ts';

workshopWalk('R2, R27: from a drawn step to demands that take it, in the browser', testHouse, { migrates: true });
