import { join } from 'node:path';
import { paritySuite } from './parity-suite.ts';

paritySuite(join(import.meta.dirname, 'parity-random'), { reloaded: true });
