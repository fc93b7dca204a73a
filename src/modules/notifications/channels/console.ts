import type { Logger } from '../../../kernel/logger.ts';
import type { ChannelAdapter } from './channel.ts';

/** Nothing is set up: messages say so and are not tried. */
export const noChannel: ChannelAdapter = {
  kind: 'none',
  send: async () => ({ result: 'REFUSED', reason: '没有配置这条通道' }),
};

/** Writes messages to the log instead of sending them; the text itself only where the log is a developer's own (it holds codes and links). */
export const consoleChannel = (
  logger: Pick<Logger, 'info'>,
  name: string,
  options: { showText: boolean },
): ChannelAdapter => ({
  kind: 'console',
  async send(message) {
    logger.info(
      { id: message.id, channel: name, ...(options.showText ? { subject: message.subject, text: message.text } : {}) },
      '没有配置通道，消息只写入日志',
    );
    return { result: 'LOGGED' };
  },
});
