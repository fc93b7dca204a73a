/**
 * Every environment variable of the program: name, default, meaning. Parsed once, frozen.
 * No other file reads `process.env` (guarded by tests/architecture.test.ts).
 */
import { z } from 'zod';

const flag = z.stringbool({ truthy: ['1', 'true', 'yes', 'on'], falsy: ['0', 'false', 'no', 'off', ''] });

/** JSON text that a setting holds. */
const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: '不是有效的 JSON' });
    return z.NEVER;
  }
});

/** A gateway for short messages (`SMS`) or an office messenger (`IM`) that takes JSON over HTTP. Without a URL nothing is sent. */
const gateway = <N extends 'SMS' | 'IM'>(name: N) =>
  ({
    [`${name}_GATEWAY_URL`]: z
      .string()
      .regex(/^https?:\/\//, '应以 https:// 开头')
      .optional(),
    /** Sent as a bearer token. */
    [`${name}_GATEWAY_TOKEN`]: z.string().optional(),
    /** What is sent: JSON with {to}, {text}, {subject}, {id}. */
    [`${name}_GATEWAY_BODY`]: jsonText.default({ to: '{to}', text: '{text}', id: '{id}' }),
    /** `field=value` in the answer that means accepted; unset: any 2xx. */
    [`${name}_GATEWAY_ACCEPTED`]: z
      .string()
      .regex(/^[^=\s]+=/, '应写成 字段=值，例如 code=0')
      .optional(),
  }) as unknown as GatewayShape<N>;
type GatewayShape<N extends string> = {
  [K in `${N}_GATEWAY_${'URL' | 'TOKEN' | 'ACCEPTED'}`]: z.ZodOptional<z.ZodString>;
} & { [K in `${N}_GATEWAY_BODY`]: z.ZodDefault<z.ZodUnknown> };

const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  /** Set by `node --watch` itself: somebody changes the program while it runs, templates too. */
  WATCH_REPORT_DEPENDENCIES: z.string().optional(),
  /** TCP port of the web server. 0 picks a free one. */
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  /** Address to listen on. */
  HOST: z.string().default('127.0.0.1'),
  /** How long a stop may take; then the program ends where it is. Below the 10 s after which Docker kills. */
  STOP_SECONDS: z.coerce.number().min(1).max(600).default(8),
  /** `postgres://user:password@host:port/database`. Unset: embedded PGlite in DATA_DIR. Required in production. */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, '应以 postgres:// 开头')
    .optional(),
  /** Folder of the embedded database and, unless ATTACHMENT_DIR says otherwise, of attachments. */
  DATA_DIR: z.string().default('var'),
  /** Folder of uploaded files; several nodes must share it. Default: `attachments` in DATA_DIR. */
  ATTACHMENT_DIR: z.string().optional(),
  /** ClamAV's daemon that looks through uploads: `tcp://host:3310` or `unix:/run/clamav/clamd.sock`. Without it nothing is scanned. */
  CLAMD: z
    .string()
    .regex(/^(tcp:\/\/[^/]+|unix:\/.+)$/, '应以 tcp:// 或 unix:/ 开头')
    .optional(),
  /** `memory://` keeps the embedded database in memory (tests). */
  PGLITE_DATA: z.string().optional(),
  /** Size of the PostgreSQL connection pool. */
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  /** Key material for signing cookies; at least 32 characters. Required in production, otherwise made at start. */
  SESSION_SECRET: z.string().min(32, '至少 32 个字符').optional(),
  /** Set behind a reverse proxy that terminates TLS: cookies become Secure and X-Forwarded-* is trusted. */
  TRUST_PROXY: flag.default(false),
  /** Demo mode: demo accounts with a known password and an adjustable clock. Default: on without DATABASE_URL. Refused in production. */
  DEMO: flag.optional(),
  /** First instant of the demo clock, ISO 8601 with offset. */
  DEMO_START: z.iso.datetime({ offset: true }).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Which engine starts new demands. With `zeebe` those of the embedded engine still finish there. */
  ENGINE: z.enum(['embedded', 'zeebe']).default('embedded'),
  /**
   * Partitions of the embedded engine new work is spread over; the same on every node. Several nodes work side by side only with several
   * partitions. Unset: as the database has it, one to begin with. Can be changed at any time, running instances stay where they are.
   */
  ENGINE_PARTITIONS: z.coerce.number().int().min(1).max(16).optional(),
  /** Gateway of the Zeebe cluster. Given with ENGINE=embedded, demands that live on Zeebe are finished there. */
  ZEEBE_ADDRESS: z
    .string()
    .regex(/^[^\s/:]+:\d{1,5}$/, '应写成 主机:端口，例如 127.0.0.1:26500')
    .optional(),
  /** The gateway is reached over TLS. */
  ZEEBE_TLS: flag.default(false),
  /** Where the broker's exporter delivers its records: a loopback or private address of this machine. */
  ZEEBE_RECORDS_HOST: z.string().default('127.0.0.1'),
  ZEEBE_RECORDS_PORT: z.coerce.number().int().min(0).max(65535).default(9250),
  /** Basic authentication of the exporter. The password is required in production when Zeebe is used. */
  ZEEBE_RECORDS_USER: z.string().min(1).default('zeebe'),
  ZEEBE_RECORDS_PASSWORD: z.string().min(12, '至少 12 个字符').optional(),
  /** Largest bulk of records taken, in MB. */
  ZEEBE_RECORDS_MAX_MB: z.coerce.number().int().min(1).max(512).default(64),
  /** Days a received record is kept. */
  ZEEBE_RECORDS_KEEP_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  /** Folder for daily anchors of history, outside the database. */
  ANCHOR_DIR: z.string().optional(),
  /** Address under which people and taxpayers reach the site; links in messages begin with it. Required in production once messages leave. */
  PUBLIC_URL: z
    .string()
    .regex(/^https?:\/\/[^\s/]+$/, '应写成 https://主机，不带路径')
    .optional(),
  /** `smtp://user:password@host:port` or `smtps://…`. Unset: mail is not sent. */
  MAIL_URL: z
    .string()
    .regex(/^smtps?:\/\//, '应以 smtp:// 或 smtps:// 开头')
    .optional(),
  /** Sender of mail; required with MAIL_URL. */
  MAIL_FROM: z.string().optional(),
  ...gateway('SMS'),
  ...gateway('IM'),
  /** How long mail server and gateways may take, in seconds. */
  MESSAGE_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(60).default(10),
});

export type Config = Readonly<Omit<z.infer<typeof schema>, 'DEMO'> & { DEMO: boolean }>;

/** A sentence for the operator, printed without a stack; the program ends with exit code 2. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => (environment[key] ? [[key, environment[key]]] : [])),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`环境变量有误，程序没有启动：\n${lines.join('\n')}`);
  }
  const values = parsed.data;
  if (values.MAIL_URL && !values.MAIL_FROM)
    throw new ConfigError('设置了 MAIL_URL，还缺 MAIL_FROM：发件人地址，例如 suying@example.gov.cn。');
  const demo = values.DEMO ?? (values.DATABASE_URL === undefined && values.NODE_ENV !== 'production');
  if (values.NODE_ENV === 'production') {
    const missing = (['DATABASE_URL', 'SESSION_SECRET'] as const).filter((key) => values[key] === undefined);
    if (missing.length > 0) {
      throw new ConfigError(
        `生产环境（NODE_ENV=production）缺少必须的环境变量：${missing.join('、')}。请设置后再启动。`,
      );
    }
    if (values.ZEEBE_RECORDS_PASSWORD === undefined && (values.ENGINE === 'zeebe' || values.ZEEBE_ADDRESS))
      throw new ConfigError(
        '使用 Zeebe 时缺少 ZEEBE_RECORDS_PASSWORD：记录接收端口的口令，至少 12 个字符，与 Zeebe 导出设置一致。',
      );
    if (values.PUBLIC_URL === undefined && (values.MAIL_URL || values.SMS_GATEWAY_URL || values.IM_GATEWAY_URL))
      throw new ConfigError(
        '要发送邮件、短信或即时消息，缺少 PUBLIC_URL：消息里的链接以它开头，例如 https://suying.example.gov.cn。',
      );
    if (demo) throw new ConfigError('生产环境不能使用演示模式（DEMO）：演示账号口令公开，时钟可以拨动。请去掉 DEMO。');
  }
  return Object.freeze({ ...values, DEMO: demo });
}

/** Password of the record endpoint outside production, so that `npm run zeebe` and `npm start` find each other without settings. */
export const DEVELOPMENT_RECORDS_PASSWORD = 'zeebe-development';

const brokerSchema = schema
  .pick({
    DATA_DIR: true,
    ZEEBE_RECORDS_HOST: true,
    ZEEBE_RECORDS_PORT: true,
    ZEEBE_RECORDS_USER: true,
    ZEEBE_RECORDS_PASSWORD: true,
  })
  .extend({
    /** An unpacked Zeebe distribution; unset: fetched by its Maven coordinates. */
    ZEEBE_HOME: z.string().optional(),
    /** Where fetched distributions are kept; unset: the user's cache. */
    ZEEBE_CACHE: z.string().optional(),
    /** Data of the local broker; unset: `zeebe` below DATA_DIR. */
    ZEEBE_DATA_DIR: z.string().optional(),
    ZEEBE_GATEWAY_PORT: z.coerce.number().int().min(1).max(65533).default(26500),
    ZEEBE_MANAGEMENT_PORT: z.coerce.number().int().min(1).max(65535).default(9600),
    ZEEBE_SERVER_PORT: z.coerce.number().int().min(1).max(65535).default(8088),
    JAVA_HOME: z.string().optional(),
    PATH: z.string().optional(),
    HOME: z.string().optional(),
    XDG_CACHE_HOME: z.string().optional(),
  });

/** Settings of the broker that `npm run zeebe` starts; `environment` is what its process gets besides. */
export type BrokerConfig = Readonly<
  z.infer<typeof brokerSchema> & { environment: Readonly<Record<string, string | undefined>> }
>;

export function readBrokerConfig(environment: Record<string, string | undefined> = process.env): BrokerConfig {
  const given = Object.fromEntries(
    Object.keys(brokerSchema.shape).flatMap((key) => (environment[key] ? [[key, environment[key]]] : [])),
  );
  const parsed = brokerSchema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`环境变量有误，Zeebe 没有启动：\n${lines.join('\n')}`);
  }
  return Object.freeze({ ...parsed.data, environment: { ...environment } });
}

let zeebeClients = 0;

/**
 * To be called before a zeebe-node client is made: it reads this variable at that moment, and nothing else can set it.
 * A minute instead of six until a half-open connection is noticed; and a value of its own for each client, because connections
 * with equal settings are shared, and a client made in place of a hung one must not get the hung connection.
 */
export function prepareZeebeClient(environment: Record<string, string | undefined> = process.env): void {
  zeebeClients += 1;
  environment.GRPC_KEEPALIVE_TIME_MS = String(60_000 + (zeebeClients % 10_000));
}
