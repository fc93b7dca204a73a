/** The clocks of a demand in words. */
export const CLOCKS: Record<string, string> = {
  TRANSFER: '转交钟',
  HANDLING: '办结钟',
  FEEDBACK: '反馈钟',
  RETURN_VISIT: '回访钟',
};
