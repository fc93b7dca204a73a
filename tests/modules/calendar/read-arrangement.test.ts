import { describe, expect, test } from '@jest/globals';
import { DomainError } from '../../../src/kernel/errors.ts';
import { daysElsewhere, missingHolidays, readArrangement } from '../../../src/modules/calendar/index.ts';
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

  /** What the State Council wrote in other years; the count of days is off, the dates are worked. */
  const OTHERS: [number, string, number, string[]][] = [
    [
      2023,
      `国办发明电〔2022〕16号
一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。`,
      26,
      ['2023-01-28', '2023-01-29', '2023-04-23', '2023-05-06', '2023-06-25', '2023-10-07', '2023-10-08'],
    ],
    [
      2024,
      `国办发明电〔2023〕7号
一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。`,
      28,
      ['2024-02-04', '2024-02-18', '2024-04-07', '2024-04-28', '2024-05-11', '2024-09-14', '2024-09-29', '2024-10-12'],
    ],
    [
      2025,
      `国办发明电〔2024〕12号
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。`,
      28,
      ['2025-01-26', '2025-02-08', '2025-04-27', '2025-09-28', '2025-10-11'],
    ],
  ];
  test.each(OTHERS)('of %i', (year, text, off, worked) => {
    const file = read(text, year, '');
    expect(file.days.filter((day) => day.kind === 'HOLIDAY')).toHaveLength(off);
    expect(
      file.days
        .filter((day) => day.kind === 'MAKEUP_WORKDAY')
        .map((day) => day.date)
        .sort(),
    ).toEqual(worked);
    expect(missingHolidays(file)).toEqual([]);
  });

  test.each<[string, (text: string) => string]>([
    ['all in one line', (text) => text.replaceAll('\n', '')],
    ['in one line with its heading', (text) => text.replaceAll('\n', ' ').replace('通知如下。', '通知如下')],
    ['broken within a sentence', (text) => text.replaceAll('至', '至\n').replaceAll('上班', '\n上班')],
    ['broken between sentences', (text) => text.replaceAll('天。', '天。\n')],
    ['with blanks between figures and words', (text) => text.replace(/(\d+)(?=[年月日])/g, ' $1 ')],
    [
      'with full-width figures',
      (text) =>
        text
          .replace(/\d(?!号)/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
          .replace('关于２０２６年', '关于2026年'),
    ],
    [
      'with ASCII brackets and CR LF',
      (text) => text.replaceAll('（', '(').replaceAll('）', ')').replaceAll('\n', '\r\n'),
    ],
    ['with dashes', (text) => text.replaceAll('至', '—')],
    ['set in', (text) => text.replaceAll('\n', '\n　　')],
  ])('%s, no day is lost', (_how, copied) => {
    const key = (day: { date: string; kind: string; name: string }) => `${day.date} ${day.kind} ${day.name}`;
    expect(read(copied(NOTICE_2026), 2026, '测试').days.map(key)).toEqual(
      read(NOTICE_2026, 2026, '测试').days.map(key),
    );
  });

  test('days of a neighbouring year that matter there are named; a weekend that is one anyway is not', () => {
    expect(daysElsewhere(OTHERS[0]![1], 2023)).toEqual([]);
    const text = '一、元旦：2012年1月1日至3日放假调休，共3天。2011年12月31日（星期六）上班。';
    expect(daysElsewhere(text, 2012)).toEqual([{ date: '2011-12-31', kind: 'MAKEUP_WORKDAY', name: '元旦调休上班' }]);
    expect(read(text, 2012).days.map((day) => day.date)).toEqual(['2012-01-01', '2012-01-02', '2012-01-03']);
    expect(daysElsewhere('2027-01-01,放假,元旦', 2027)).toEqual([]);
  });

  test('a single day off, and a holiday that begins in the year before', () => {
    const file = read('一、元旦：1月1日（周三）放假1天，不调休。\n二、测试节：2025年5月2日（周五）放假。', 2025);
    expect(file.days.map((day) => day.date)).toEqual(['2025-01-01', '2025-05-02']);
    const over = read('一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。', 2023);
    expect(over.days.map((day) => day.date)).toEqual(['2023-01-01', '2023-01-02']);
  });

  test.each([
    ['of another year', NOTICE_2026, '第 5 行2027-01-01 是周五，通知写的是周四。请核对年份和日期。'],
    ['titled for another year', NOTICE_2026.replace(/（[^）]*）/g, ''), '通知是 2026 年的，这里是 2027 年的日历'],
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
