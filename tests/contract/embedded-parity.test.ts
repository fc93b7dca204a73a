import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { paritySuite } from './parity-suite.ts';

/** The traces recorded from a real Zeebe 8.5.8; another folder of the same form can be given. */
const given = process.env.SUYING_PARITY_DIR;
paritySuite(
  given
    ? join(given, existsSync(join(given, 'scenarios')) ? 'scenarios' : '.')
    : join(import.meta.dirname, 'parity', 'scenarios'),
);
