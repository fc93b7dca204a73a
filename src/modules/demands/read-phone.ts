/** Telephone numbers as people say them: mobile, landline with area code, service numbers such as 12366. */
const MOBILE = /^1\d{10}$/;
const LANDLINE = /^0\d{9,11}$/;
const SERVICE = /^(?:400|800)\d{7}$|^1[0-2]\d{3}$|^9\d{4,5}$/;

/** A sentence that says what is wrong with a number and how to put it right; undefined when it is right. */
export function phoneProblem(phone: string): string | undefined {
  const plain = phone.normalize('NFKC');
  const number = plain.replace(/(?:转|-?ext\.?|#)\s*\d{1,6}$/i, '');
  const digits = number.replace(/^\+?86[\s-]?(?=1\d{2})/, '').replace(/[\s()-]/g, '');
  const example = '请填 11 位手机号，或带区号的固定电话，例如 0564-0000005；没有电话请选“匿名或无联系方式”并选原因。';
  if (!/^\d+$/.test(digits)) return `联系电话“${short(phone)}”里有数字以外的字。${example}`;
  if (MOBILE.test(digits) || LANDLINE.test(digits) || SERVICE.test(digits)) return undefined;
  if (digits.length < 10) return `联系电话“${short(phone)}”位数不够。${example}`;
  return `联系电话“${short(phone)}”不是手机号，也不是带区号的固定电话。${example}`;
}

const short = (text: string): string => ([...text].length > 24 ? `${[...text].slice(0, 24).join('')}…` : text);

/** The number a short message can go to; undefined for landlines and service numbers. */
export function mobileOf(phone: string | null | undefined): string | undefined {
  const digits = (phone ?? '')
    .normalize('NFKC')
    .replace(/^\+?86[\s-]?(?=1\d{2})/, '')
    .replace(/[\s()-]/g, '');
  return MOBILE.test(digits) ? digits : undefined;
}
