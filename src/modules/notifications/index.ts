/** Messages to people inside the house: the inbox. */
export { deliveryMoment, type TellingHours } from './delivery-moment.ts';
export { inboxOf, type Message, markRead, type Notice, notify, unreadCount } from './inbox.ts';
