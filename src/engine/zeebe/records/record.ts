import { createHash } from 'node:crypto';
import type { EngineRecord, Json } from '../../port.ts';
import { parseLossless } from '../lossless-json.ts';

/** Messages of this name are our own marks in the stream (see `fence.ts`); nobody else is shown them. */
export const FENCE_MESSAGE = 'suying-fence';

type Value = { [name: string]: Json };

/** Where a record is kept: what is looked for later has a column of its own. */
export interface StoredRecord {
  partition: number;
  position: string;
  key: string;
  valueType: string;
  intent: string;
  /** What a command of ours can be recognised by: message id, or name and correlation key; process id; signal name; instance. */
  ref: string | null;
  timestamp: number;
  record: string;
}

/** Reads one line of a bulk request. Records that are not events are no news to anybody and are left out. */
export function readRecordLine(line: string): StoredRecord | undefined {
  const raw = parseLossless(line) as Value;
  if (raw.recordType !== 'EVENT') return undefined;
  const value = keysAsText(raw.value as Value);
  const record: EngineRecord = {
    partition: Number(raw.partitionId),
    position: Number(raw.position),
    timestamp: Number(raw.timestamp),
    valueType: String(raw.valueType),
    intent: String(raw.intent),
    key: String(raw.key),
    processInstanceKey: keyOrEmpty(value.processInstanceKey),
    elementId: String(value.elementId ?? value.targetElementId ?? ''),
    // The diagrams themselves are kept by us already; here they would only fill the table. Their hash tells which they are.
    value: withoutResources(String(raw.valueType), value),
  };
  if (!Number.isInteger(record.partition) || !Number.isInteger(record.position))
    throw new SyntaxError('record without partition and position');
  return {
    partition: record.partition,
    position: String(raw.position),
    key: record.key,
    valueType: record.valueType,
    intent: record.intent,
    ref: refOf(record.valueType, value),
    timestamp: record.timestamp,
    record: JSON.stringify(record),
  };
}

/** Numbers under names that end with `Key` are keys and become text; what people put into variables stays as it is. */
function keysAsText(value: Value): Value {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]): [string, Json] => {
      if (name === 'variables') return [name, item];
      if (typeof item === 'number' && /(^k|K)ey$/.test(name)) return [name, String(item)];
      if (Array.isArray(item))
        return [name, item.map((entry) => (isObject(entry) ? keysAsText(entry) : entry)) as Json[]];
      return [name, isObject(item) ? keysAsText(item) : item];
    }),
  );
}

const isObject = (item: Json): item is Value => typeof item === 'object' && item !== null && !Array.isArray(item);

const keyOrEmpty = (key: Json | undefined): string => {
  const text = String(key ?? '');
  return text === '-1' || text === '0' ? '' : text;
};

function withoutResources(valueType: string, value: Value): Value {
  if (valueType === 'DEPLOYMENT') return { ...value, resources: [] };
  if (valueType === 'PROCESS') {
    const bytes = Buffer.from(String(value.resource ?? ''), 'base64');
    return { ...value, resource: '', contentHash: createHash('sha256').update(bytes).digest('hex') };
  }
  return value;
}

function refOf(valueType: string, value: Value): string | null {
  switch (valueType) {
    case 'MESSAGE':
      return messageRef(String(value.name), String(value.correlationKey ?? ''), String(value.messageId ?? ''));
    case 'PROCESS_INSTANCE_CREATION':
      return String(value.bpmnProcessId);
    case 'SIGNAL':
      return String(value.signalName);
    case 'VARIABLE':
    case 'TIMER':
    case 'PROCESS_INSTANCE_MODIFICATION':
      return String(value.processInstanceKey);
    default:
      return null;
  }
}

export const messageRef = (name: string, correlationKey: string, messageId: string): string =>
  messageId === '' ? `${name} ${correlationKey}` : `${name} ${correlationKey} ${messageId}`;
