export interface RecordDraft {
  valueType: string;
  intent: string;
  key: string;
  position: number;
  partition?: number;
  timestamp?: number;
  recordType?: string;
  value: Record<string, unknown>;
}

/** A bulk request as the ElasticsearchExporter writes it; keys are numbers there, whatever their size. */
export function bulkOf(drafts: readonly RecordDraft[]): string {
  return drafts
    .map((draft) => {
      const partition = draft.partition ?? 1;
      const action = {
        index: { _id: `${partition}-${draft.position}`, _index: 'zeebe-record', routing: `${partition}` },
      };
      const record = JSON.stringify({
        partitionId: partition,
        recordType: draft.recordType ?? 'EVENT',
        timestamp: draft.timestamp ?? 1_800_000_000_000,
        valueType: draft.valueType,
        intent: draft.intent,
        position: draft.position,
        value: draft.value,
      });
      return `${JSON.stringify(action)}\n${record.replace(/^\{/, `{"key":${draft.key},`)}\n`;
    })
    .join('');
}

export function sendBulk(
  port: number,
  credentials: { username: string; password: string } | undefined,
  body: string,
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/_bulk`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-ndjson',
      ...(credentials
        ? {
            authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`,
          }
        : {}),
    },
    body,
  });
}
