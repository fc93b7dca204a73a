import { describe, expect, test } from '@jest/globals';
import { DomainError } from '../../../src/kernel/errors.ts';
import { missingHolidays, readArrangement } from '../../../src/modules/calendar/index.ts';
import { yearFiles } from '../../support/calendar.ts';

/** The arrangement of 2026 in the wording of the State Council's notice (国办发明电〔2025〕7号). */
const NOTICE_2026 = `国务院办公厅关于2026年
部分节假日安排的通知
国办发明电〔2025〕7号
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。`;

const read = (text: string, year = 2027, source = '测试通知') => readArrangement(text, { year, source });
const problemsOf = (text: string, year = 2027, source = '测试通知') => {
  try {
    read(text, year, source);
  } catch (error) {
    if (error instanceof DomainError) return error.problems.map((problem) => problem.message);
    throw error;
  }
  return [];
};

describe('the text of a notice', () => {
  test('2026 gives exactly the seeded year', () => {
    const file = read(NOTICE_2026, 2026, '');
    expect(file.source).toBe('《国务院办公厅关于2026年部分节假日安排的通知》（国办发明电〔2025〕7号）');
    const key = (day: { date: string; kind: string }) => `${day.date} ${day.kind}`;
    expect(file.days.map(key).sort()).toEqual(
      yearFiles
        .find((year) => year.year === 2026)!
        .days.map(key)
        .sort(),
    );
  });

  test('a single day off, and a holiday that begins in the year before', () => {
    const file = read('一、元旦：1月1日（周三）放假1天，不调休。\n二、测试节：2025年5月2日（周五）放假。', 2025);
    expect(file.days.map((day) => day.date)).toEqual(['2025-01-01', '2025-05-02']);
    const over = read('一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。', 2023);
    expect(over.days.map((day) => day.date)).toEqual(['2023-01-01', '2023-01-02']);
  });

  test.each([
    ['of another year', NOTICE_2026, '第 5 行2027-01-01 是周五，通知写的是周四。请核对年份和日期。'],
    ['with a wrong count', '一、元旦：1月1日至3日放假，共4天。', '第 1 行写“4天”，按日期算是 3 天。请核对起止日期。'],
    [
      'with an impossible day',
      '一、春节：2月28日至30日放假，共3天。',
      '第 1 行“2027-02-30”不是有效日期。请核对通知原文。',
    ],
    [
      'turned round',
      '一、国庆节：10月7日至1日放假。',
      '第 1 行的结束日期 2027-10-01 早于开始日期 2027-10-07。请核对通知原文。',
    ],
    ['without days', '一、国庆节：放假安排另行通知', '没有读到“一、元旦：1月1日……放假”这样的条目'],
    ['that is no notice', '国庆节放假安排另行通知', '第 1 行“国庆节放假安排另行通知”读不懂'],
  ])('%s is refused by line', (_what, text, message) => {
    expect(problemsOf(text).join('\n')).toContain(message);
  });
});

test('an arrangement that leaves statutory holidays out is noticed', () => {
  expect(missingHolidays(read(NOTICE_2026, 2026))).toEqual([]);
  expect(missingHolidays(read('一、元旦：1月1日（周五）放假1天。'))).toEqual([
    '春节',
    '清明节',
    '劳动节',
    '端午节',
    '中秋节',
    '国庆节',
  ]);
});

describe('a table', () => {
  test('comma, tab and blanks, several ways to write a day, a heading line', () => {
    const file = read('日期,类型,名称\n2027-01-01,放假,元旦\n2027/1/2\t补班\t元旦调休上班\n2027年2月6日 休 春节\n');
    expect(file.days).toEqual([
      { date: '2027-01-01', kind: 'HOLIDAY', name: '元旦' },
      { date: '2027-01-02', kind: 'MAKEUP_WORKDAY', name: '元旦调休上班' },
      { date: '2027-02-06', kind: 'HOLIDAY', name: '春节' },
    ]);
  });

  test('all wrong lines are named at once', () => {
    expect(
      problemsOf(
        '2027-01-01,放假,元旦\n2027-01-01,放假,元旦\n2027-02-30,放假,春节\n2026-10-01,放假,国庆\n2027-10-08,补班,补班\n明天,下雨\n2027-05-01,放假,',
        2027,
        '',
      ),
    ).toEqual([
      '第 2 行“2027-01-01”重复。请只留一行。',
      '第 3 行“2027-02-30”不是有效日期。请写成 2027-01-01 的样子。',
      '第 4 行“2026-10-01”不在 2027 年。请改年份，或到那一年的日历里导入。',
      '第 5 行“2027-10-08”是周一至周五，本来就上班，不用补班。',
      '第 6 行“明天,下雨”读不懂。请写成“2027-01-01,放假,元旦”，类型只能是放假或补班。',
      '第 7 行“2027-05-01”没有写名称，例如“春节”。',
      '“来源”还没有填写。请写明通知名称和文号。',
    ]);
  });

  test.each([
    ['', '“放假安排”还没有填写'],
    ['x'.repeat(100_001), '超过 100000'],
    ['{"days": [', '不是有效的 JSON'],
    ['{"year": 2026, "days": []}', '文件是 2026 年的，这里是 2027 年的日历'],
    ['{"days": [null, 7]}', '第 1 行“”不是有效日期'],
    ['[]', '没有读到任何日子'],
  ])('bad input %#', (text, message) => {
    expect(problemsOf(text).join('\n')).toContain(message);
  });

  test('the JSON file of a year', () => {
    const file = read(JSON.stringify(yearFiles[2]), 2027, '');
    expect(file).toMatchObject({ year: 2027, status: 'PUBLISHED', source: expect.stringContaining('法定节日推算') });
    expect(file.days).toHaveLength(yearFiles[2]!.days.length);
  });
});
