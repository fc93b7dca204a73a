/** Messages to people inside the house: the inbox. */
export { inboxOf, markRead, type Notice, notify, unreadCount } from './inbox.ts';
