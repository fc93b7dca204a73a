import type { ChannelAdapter } from './channel.ts';

/** Mail over SMTP. A refusal for good (5xx) is not tried again; everything else is. */
export function mailChannel(options: { url: string; from: string; timeoutMs?: number }): ChannelAdapter {
  const wait = options.timeoutMs ?? 10_000;
  // Loaded with the first mail: a site without mail does without it.
  const connect = async () => {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url: options.url,
      connectionTimeout: wait,
      greetingTimeout: wait,
      socketTimeout: wait,
      // Text comes from templates and people: nothing in it may make the program read files or addresses.
      disableFileAccess: true,
      disableUrlAccess: true,
    } as never);
  };
  let transport: ReturnType<typeof connect> | undefined;
  return {
    kind: 'smtp',
    async send(message) {
      try {
        transport ??= connect();
        const sent = await (await transport).sendMail({
          from: options.from,
          to: { name: '', address: message.to },
          subject: message.subject,
          text: message.text,
          textEncoding: 'base64',
          messageId: `<${message.id.replace(/[^A-Za-z0-9.-]/g, '.')}@suying>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return { result: 'SENT', reference: sent.messageId ?? null };
      } catch (error) {
        const { responseCode, message: text } = error as { responseCode?: number; message: string };
        const reason = (text || '邮件服务没有回应').slice(0, 200);
        return { result: responseCode && responseCode >= 500 ? 'REFUSED' : 'FAILED', reason };
      }
    },
  };
}
