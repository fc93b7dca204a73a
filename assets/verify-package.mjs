// 离线核验：node verify-package.mjs 核验包.jsonl [外部锚点.jsonl]
// 不用数据库，也不用速应程序；只要 Node 18 以上。算法见审计手册“自己写程序核验”。
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const GENESIS = '0'.repeat(64);
const sha = (text) => createHash('sha256').update(text).digest('hex');

/** RFC 8785 for what the history holds: keys sorted, no white space. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

const problems = [];
const last = new Map();
const heads = new Map();
const anchors = new Map();
let scope;
let events = 0;
let previousAnchor = GENESIS;

function checkEvent({ hash, ...body }) {
  events += 1;
  const key = `${body.subjectType} ${body.subjectId}`;
  const before = last.get(key) ?? { sequence: 0, hash: GENESIS };
  const at = `${key} 第 ${body.sequence} 条`;
  if (body.sequence !== before.sequence + 1) problems.push(`${at}：前面缺第 ${before.sequence + 1} 条`);
  else if (body.previousHash !== before.hash) problems.push(`${at}：与前一条不相连`);
  if (sha(canonical({ format: 1, ...body })) !== hash) problems.push(`${at}：内容与校验值不符，被改动过`);
  last.set(key, { sequence: body.sequence, hash });
}

function checkAnchor({ hash, ...body }) {
  if (body.previousHash !== previousAnchor || sha(canonical({ format: 1, ...body })) !== hash)
    problems.push(`第 ${body.number} 号锚点被改动过`);
  previousAnchor = hash;
  anchors.set(body.number, { hash, ...body });
}

async function* lines(file) {
  for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) if (line.trim()) yield JSON.parse(line);
}

const [file, outside] = process.argv.slice(2);
if (!file) {
  console.error('用法：node verify-package.mjs 核验包.jsonl [外部锚点.jsonl]');
  process.exit(2);
}
for await (const line of lines(file)) {
  if (line.kind === 'package') scope = line.scope;
  else if (line.kind === 'event') checkEvent(line.event);
  else if (line.kind === 'head') heads.set(`${line.subjectType} ${line.subjectId}`, line);
  else if (line.kind === 'anchor') checkAnchor(line.anchor);
}
for (const [key, head] of heads) {
  const found = last.get(key) ?? { sequence: 0, hash: GENESIS };
  if (found.sequence !== head.sequence || found.hash !== head.hash)
    problems.push(`${key}：应有 ${head.sequence} 条记录，包里是 ${found.sequence} 条，末尾被删除或改动`);
}
for (const key of last.keys()) if (!heads.has(key)) problems.push(`${key}：没有链头`);
const newest = [...anchors.values()].at(-1);
if (scope === 'all' && newest) {
  if (newest.events > events) problems.push(`第 ${newest.number} 号锚点记有 ${newest.events} 条记录，包里只有 ${events} 条`);
  if (newest.events === events && newest.chains === last.size) {
    const named = [...heads.values()].map((h) => `${h.subjectType}\n${h.subjectId}\n${h.sequence}\n${h.hash}\n`).sort();
    if (sha(named.join('')) !== newest.headsHash) problems.push(`第 ${newest.number} 号锚点与记录不一致`);
  }
}
if (outside) {
  for await (const anchor of lines(outside)) {
    if (anchors.get(anchor.number)?.hash !== anchor.hash)
      problems.push(`第 ${anchor.number} 号锚点与外部锚点文件不一致，历史被整体改写过`);
  }
}
console.log(`核验了 ${last.size} 条链、${events} 条记录、${anchors.size} 个锚点。`);
for (const problem of problems) console.error(`断裂：${problem}`);
if (problems.length === 0) console.log('全部完整，没有发现改动。');
process.exit(problems.length === 0 ? 0 : 1);
