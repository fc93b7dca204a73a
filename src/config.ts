/**
 * Every environment variable of the program: name, default, meaning. Parsed once, frozen.
 * No other file reads `process.env` (guarded by tests/architecture.test.ts).
 */
import { z } from 'zod';

const flag = z.stringbool({ truthy: ['1', 'true', 'yes', 'on'], falsy: ['0', 'false', 'no', 'off', ''] });

const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  /** TCP port of the web server. 0 picks a free one. */
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  /** Address to listen on. */
  HOST: z.string().default('127.0.0.1'),
  /** `postgres://user:password@host:port/database`. Unset: embedded PGlite in DATA_DIR. Required in production. */
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, '应以 postgres:// 开头')
    .optional(),
  /** Folder of the embedded database and, unless ATTACHMENT_DIR says otherwise, of attachments. */
  DATA_DIR: z.string().default('var'),
  /** Folder of uploaded files; several nodes must share it. Default: `attachments` in DATA_DIR. */
  ATTACHMENT_DIR: z.string().optional(),
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
  /** Which engine starts new demands. */
  ENGINE: z.enum(['embedded']).default('embedded'),
  /** Folder for daily anchors of history, outside the database. */
  ANCHOR_DIR: z.string().optional(),
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
  const demo = values.DEMO ?? (values.DATABASE_URL === undefined && values.NODE_ENV !== 'production');
  if (values.NODE_ENV === 'production') {
    const missing = (['DATABASE_URL', 'SESSION_SECRET'] as const).filter((key) => values[key] === undefined);
    if (missing.length > 0) {
      throw new ConfigError(
        `生产环境（NODE_ENV=production）缺少必须的环境变量：${missing.join('、')}。请设置后再启动。`,
      );
    }
    if (demo) throw new ConfigError('生产环境不能使用演示模式（DEMO）：演示账号口令公开，时钟可以拨动。请去掉 DEMO。');
  }
  return Object.freeze({ ...values, DEMO: demo });
}
