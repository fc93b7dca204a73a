/** The clocks of a demand in words. */
export const CLOCKS: Record<string, string> = {
  TRANSFER: '转交钟',
  HANDLING: '办结钟',
  FEEDBACK: '反馈钟',
  RETURN_VISIT: '回访钟',
  CO_HANDLING: '协办钟',
  PROGRESS_NOTICE: '进展告知钟',
  EXTERNAL_STEP: '外单位跟办钟',
  COMPLAINT_ACCEPTANCE: '投诉受理钟',
  DEFERRAL_REVIEW: '挂账复核日',
  DEFERRAL_CONFIRM: '挂账确认日',
};
