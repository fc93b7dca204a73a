/**
 * Masking by default (个人信息保护法 51；需求手册“脱敏默认”): 姓名 王**，手机 199****0001，固话 0564-****0005，信用代码前 6 后 4。
 * Companies stay readable inside the bureau.
 */
export function maskName(name: string, type: string): string {
  if (type !== 'NATURAL_PERSON' && type !== 'AGENT') return name;
  const [first] = [...name];
  return first ? `${first}**` : '';
}

export function maskPerson(name: string | null | undefined): string {
  const [first] = [...(name ?? '')];
  return first ? `${first}**` : '';
}

export function maskPhone(phone: string | null | undefined): string {
  if (!phone) return '';
  const landline = /^(0\d{2,3})-?(\d{3,4})(\d{4})$/.exec(phone);
  if (landline) return `${landline[1]}-****${landline[3]}`;
  const digits = phone.replace(/\D/g, '');
  if (digits.length < 7) return '****';
  return `${digits.slice(0, 3)}****${digits.slice(-4)}`;
}

export function maskCreditCode(code: string | null | undefined): string {
  if (!code) return '';
  return code.length <= 10 ? '****' : `${code.slice(0, 6)}****${code.slice(-4)}`;
}

/** Second masking of free text: numbers that look like a phone, an identity card or a bank card. */
export function maskText(text: string): string {
  return text
    .replace(
      /(?<!\d)(\d{3})\d{13}([\dXx])(?!\d)|(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)/g,
      (whole) => `${whole.slice(0, 3)}***********${whole.slice(-2)}`,
    )
    .replace(/(?<!\d)\d{16,19}(?!\d)/g, (whole) => `************${whole.slice(-4)}`)
    .replace(/(?<!\d)1\d{2}[- ]?\d{4}[- ]?\d{4}(?!\d)/g, (whole) => maskPhone(whole))
    .replace(/(?<!\d)(0\d{2,3})-?\d{3,4}(\d{4})(?!\d)/g, '$1-****$2');
}
