import type { ChannelAdapter, Delivery, Outgoing } from './channel.ts';

export interface GatewayOptions {
  url: string;
  /** Sent as `Authorization: Bearer …` when given. */
  token?: string;
  /** JSON with `{to}`, `{text}`, `{subject}` and `{id}` where the gateway wants them. */
  body: unknown;
  /** `field=value` that the answer must hold to count as accepted: many gateways answer 200 to a refusal. */
  accepted?: string;
  timeoutMs?: number;
}

const LONGEST_ANSWER = 20_000;

/**
 * Any SMS or messaging gateway that takes JSON over HTTP. Accepted is what the gateway says is accepted; no answer, a wrong answer or an
 * answer too long is a failure and tried again, a refusal of the request itself (4xx) is not.
 */
export function gatewayChannel(options: GatewayOptions): ChannelAdapter {
  return {
    kind: 'http',
    async send(message) {
      let response: Response;
      let text: string;
      try {
        response = await fetch(options.url, {
          method: 'POST',
          redirect: 'error',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'idempotency-key': message.id,
            ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
          },
          body: JSON.stringify(filled(options.body, message)),
          signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
        });
        text = (await response.text()).slice(0, LONGEST_ANSWER);
      } catch (error) {
        const name = (error as Error).name;
        return { result: 'FAILED', reason: name === 'TimeoutError' ? '网关没有在规定时间内回应' : '连不上网关' };
      }
      return judge(response.status, text, options.accepted);
    },
  };
}

function judge(status: number, text: string, accepted: string | undefined): Delivery {
  if (status < 200 || status >= 300) {
    const final = status >= 400 && status < 500 && status !== 408 && status !== 429;
    return { result: final ? 'REFUSED' : 'FAILED', reason: `网关答复 ${status}` };
  }
  const answer = parsed(text);
  if (accepted) {
    const at = accepted.indexOf('=');
    const found = valueAt(answer, accepted.slice(0, at));
    if (String(found) !== accepted.slice(at + 1))
      return {
        result: 'FAILED',
        reason: `网关没有受理（${accepted.slice(0, at)}=${String(found ?? '空').slice(0, 40)}）`,
      };
  }
  const reference = ['id', 'msgId', 'messageId', 'sid', 'bizId'].map((key) => valueAt(answer, key)).find(Boolean);
  return { result: 'SENT', reference: reference === undefined ? null : String(reference).slice(0, 100) };
}

/** The body with the message in it. Put in after parsing, so that no text can change the structure. */
function filled(body: unknown, message: Outgoing): unknown {
  if (typeof body === 'string')
    return body.replace(/\{(to|text|subject|id)\}/g, (_, name: keyof Outgoing) => message[name]);
  if (Array.isArray(body)) return body.map((item) => filled(item, message));
  if (body && typeof body === 'object')
    return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, filled(value, message)]));
  return body;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, key) => (at && typeof at === 'object' && Object.hasOwn(at, key) ? (at as any)[key] : undefined),
      value,
    );
}
