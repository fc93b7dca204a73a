import { describe, expect, test } from '@jest/globals';
import {
  answersWithoutThem,
  identifiersOf,
  isPerson,
  jsonWithoutThem,
  type WhoOf,
  withoutThem,
} from '../../../src/modules/demands/privacy/identifiers.ts';

const NOBODY: WhoOf = {
  taxpayerName: '',
  taxpayerType: 'NATURAL_PERSON',
  creditCode: null,
  contactPerson: null,
  contactPhone: null,
  otherContact: null,
  intake: {},
};
const masked = (who: Partial<WhoOf>, text: string) => withoutThem(text, identifiersOf({ ...NOBODY, ...who }));

describe('R31: what names somebody is found in whatever was written', () => {
  test.each<[string, Partial<WhoOf>, string, string]>([
    ['the name', { taxpayerName: '曹某某' }, '曹某某来电，曹某某要退税', '曹**来电，曹**要退税'],
    [
      'the contact of a company, not the company',
      { taxpayerName: '六安某商贸', taxpayerType: 'ENTERPRISE', contactPerson: '王某' },
      '六安某商贸的王某',
      '六安某商贸的王**',
    ],
    [
      'a number as people write it',
      { contactPhone: '199-0000-0021' },
      '19900000021、199 0000 0021、199-0000-0021',
      '199****0021、199****0021、199****0021',
    ],
    [
      'a landline, and what one dials in town',
      { contactPhone: '0564-8623456' },
      '0564-8623456 或 8623456',
      '0564-****3456 或 862****3456',
    ],
    ['a number nobody has registered', {}, '另有 13800000001', '另有 138****0001'],
    [
      'a mail address, whole and in part of a list',
      { otherContact: 'a.b+c@x.cn，微信 lan77' },
      '写信到 a.b+c@x.cn 或 lan77',
      '写信到 **** 或 ****',
    ],
    [
      'a longer word before the shorter one in it',
      { taxpayerName: '王五', contactPerson: '王五一' },
      '王五一替王五问',
      '王**替王**问',
    ],
    [
      'an agent of the form',
      { intake: { agentName: '慕容清', agentPhone: '0564-8000001' } },
      '慕容清 0564-8000001',
      '慕** 0564-****0001',
    ],
    ['a word of one character stands in too many others', { contactPerson: '无' }, '无法办理', '无法办理'],
    ['signs of a pattern are signs', { otherContact: '(.*)$x' }, '联系 (.*)$x', '联系 ****'],
    ['nothing', {}, '按规定退还 2026 年 1,234.50 元', '按规定退还 2026 年 1,234.50 元'],
  ])('%s', (_what, who, text, expected) => expect(masked(who, text)).toBe(expected));

  test('the credit code goes with a person and stays with a company', () => {
    const code = '92341523MA8Q7K3X2L';
    expect(masked({ taxpayerType: 'INDIVIDUAL_BUSINESS', creditCode: code }, `代码 ${code}`)).toBe('代码 ****');
    expect(masked({ taxpayerType: 'ENTERPRISE', creditCode: code }, `代码 ${code}`)).toBe(`代码 ${code}`);
    expect([isPerson('NATURAL_PERSON'), isPerson('AGENT'), isPerson('ASSOCIATION')]).toEqual([true, true, false]);
  });

  test('answers that say who somebody is go altogether, all others keep their words; JSON keeps its shape', () => {
    const who = identifiersOf({ ...NOBODY, taxpayerName: '曹某某' });
    const answers = {
      contactPerson: '别的人',
      unitName: '省局',
      note: '曹某某',
      n: 7,
      list: ['曹某某', null],
      deep: { homeAddress: '某路' },
    };
    expect(answersWithoutThem(answers, who)).toEqual({
      contactPerson: '',
      unitName: '省局',
      note: '曹**',
      n: 7,
      list: ['曹**', null],
      deep: { homeAddress: '' },
    });
    expect(jsonWithoutThem(answers, who)).toMatchObject({ contactPerson: '别的人', note: '曹**' });
  });

  test('masked once is masked for good: the same again changes nothing', () => {
    const who = identifiersOf({ ...NOBODY, taxpayerName: '曹某某', contactPhone: '199-0000-0021' });
    const once = withoutThem('曹某某 19900000021', who);
    expect(withoutThem(once, who)).toBe(once);
  });
});
