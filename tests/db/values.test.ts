import { expect, test } from '@jest/globals';
import { testDatabase } from '../support/database.ts';

test('a question is answered with the same values by either database, single and in arrays, by the second one opened as by the first', async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    const { database, close } = await testDatabase();
    try {
      const [row] = await database.query(
        `select 1::int4 as int, 2::int8 as big, true as yes, '2026-11-23'::date as day, '{"x": [1]}'::jsonb as json, 'a'::text as text,
                '{a,"b,c",null}'::text[] as texts, '{1,2}'::int4[] as ints, '{3}'::int8[] as bigs, array['{"y": 1}'::jsonb] as jsons,
                '{}'::text[] as none, null::text[] as nothing`,
      );
      expect(row).toEqual({
        int: 1,
        big: '2',
        yes: true,
        day: '2026-11-23',
        json: { x: [1] },
        text: 'a',
        texts: ['a', 'b,c', null],
        ints: [1, 2],
        bigs: ['3'],
        jsons: [{ y: 1 }],
        none: [],
        nothing: null,
      });
    } finally {
      await close();
    }
  }
});
