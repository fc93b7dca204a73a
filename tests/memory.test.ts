import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');

/** What keeps the memory of the program small (docs/performance.md tells why and how much). */
describe('memory', () => {
  test('in a container node is started with the same limits as by npm', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: { start: string };
    };
    const command = /^CMD (\[.*\])$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))![1]!;
    expect((JSON.parse(command) as string[]).join(' ')).toBe(scripts.start);
  });

  test('what few sites or moments need is loaded when it is needed', () => {
    const heavy = [
      'exceljs',
      'nodemailer',
      'pdfmake',
      'fontkit',
      'zeebe-node',
      '@grpc/grpc-js',
      '@mikro-orm/pglite',
      '@electric-sql/pglite',
    ];
    const early = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      // The adapter itself is loaded as a whole, and only where a cluster is configured.
      .filter((file) => file.endsWith('.ts') && !file.startsWith(join('engine', 'zeebe')))
      .flatMap((file) =>
        [...readFileSync(join(ROOT, 'src', file), 'utf8').matchAll(/^import (?!type )[^;]*? from '([^']+)'/gm)]
          .map((match) => match[1]!)
          .filter((name) => heavy.includes(name) || name.endsWith('engine/zeebe/index.ts'))
          .map((name) => `${file}: ${name}`),
      );
    expect(early).toEqual([]);
  });
});
