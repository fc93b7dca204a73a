/** Messages to people: the inbox of everybody in the house, and what leaves it by mail, short message or messenger. */
export type { ChannelAdapter, Delivery, Outgoing } from './channels/channel.ts';
export { consoleChannel, noChannel } from './channels/console.ts';
export { type GatewayOptions, gatewayChannel } from './channels/gateway.ts';
export { mailChannel } from './channels/mail.ts';
export { deliveryMoment, type TellingHours } from './delivery-moment.ts';
export { inboxOf, type Message, markRead, type Notice, notify, unreadCount } from './inbox.ts';
export {
  type DeliveryParts,
  deliverMessages,
  type QueuedMessage,
  type SettledMessage,
} from './messages/deliver-messages.ts';
export { type GivenUp, type QueueState, queueState, settleGivenUp } from './messages/given-up.ts';
export { queueForTaxpayer, type TaxpayerMessage } from './messages/queue-message.ts';
export { CHANNELS, type Channel, type Preference, preferenceOf, savePreference } from './preferences.ts';
export { TEMPLATES, type TemplateDeclaration, templateDeclaration } from './templates/catalogue.ts';
export { checkTemplate, partsOf, previewTemplate, renderTemplate } from './templates/check-template.ts';
export {
  currentTemplates,
  publishTemplate,
  restoreTemplate,
  type TemplateVersion,
  templateVersions,
} from './templates/store-templates.ts';
