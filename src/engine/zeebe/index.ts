export { GATEWAY_DEFAULTS } from './gateway-client.ts';
export { EndpointError } from './records/record-endpoint.ts';
export { ZeebeEngine, type ZeebeHealth, type ZeebeOptions } from './zeebe-engine.ts';
