import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BrokerError } from './broker-error.ts';

/** The last line of Zeebe with free use in production is 8.5; 8.5.8 is the patch its traces were recorded from. */
export const ZEEBE_VERSION = '8.5.8';

export interface DistributionSearch {
  /** An unpacked distribution that is used as it is (ZEEBE_HOME). */
  home?: string | undefined;
  version?: string;
  /** Where unpacked distributions are kept. */
  cache: string;
  mvn?: string;
  say?: (line: string) => void;
}

/** The folder of an unpacked distribution. Fetched by its Maven coordinates the first time, kept in the cache. */
export async function zeebeDistribution(search: DistributionSearch): Promise<string> {
  if (search.home) {
    if (await exists(join(search.home, 'lib'))) return search.home;
    throw new BrokerError(
      'bad-distribution',
      `ZEEBE_HOME 指的目录 ${search.home} 里没有 lib，不像是解开的 Zeebe 发行包。请改正 ZEEBE_HOME，或去掉它改由程序下载。`,
    );
  }
  const version = search.version ?? ZEEBE_VERSION;
  const folder = join(search.cache, `camunda-zeebe-${version}`);
  if (await exists(join(folder, 'lib'))) return folder;
  await mkdir(search.cache, { recursive: true });
  const work = await mkdtemp(join(search.cache, 'fetch-'));
  try {
    search.say?.(`正在取 Zeebe ${version} 发行包（约 212 MB，只在第一次需要）……`);
    await fetchArtifact(search.mvn ?? 'mvn', version, work);
    await run('tar', ['-xzf', join(work, `camunda-zeebe-${version}.tar.gz`), '-C', work]).catch((error: Error) => {
      throw new BrokerError(
        'bad-distribution',
        `Zeebe 发行包解不开：${lastLine(error.message)}。可能下载不完整，请删除本机 Maven 库里的 camunda-zeebe ${version} 后再试。`,
      );
    });
    // Another process may have been quicker; its folder is just as good.
    await rename(join(work, `camunda-zeebe-${version}`), folder).catch(async (error: unknown) => {
      if (!(await exists(join(folder, 'lib')))) throw error;
    });
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchArtifact(mvn: string, version: string, folder: string): Promise<void> {
  const artifact = `io.camunda:camunda-zeebe:${version}:tar.gz`;
  try {
    await run(mvn, ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new BrokerError(
        'no-maven',
        `没有找到 Maven（mvn），取不到 Zeebe 发行包。请安装（Debian/Ubuntu：apt install maven）后再试；不能联网的机器，请在别处按坐标 ${artifact} 取得压缩包，解开后用 ZEEBE_HOME 指明目录。`,
      );
    }
    throw new BrokerError(
      'no-download',
      `Maven 没有取到 ${artifact}：${lastLine((error as Error).message)}。请检查网络和 Maven 的镜像设置；不能联网的机器，请把解开的发行包用 ZEEBE_HOME 指明。`,
    );
  }
}

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve();
      if (error.code === 'ENOENT') return reject(error);
      reject(new Error(`${stdout}\n${stderr}`.trim() || error.message));
    });
  });
}

const lastLine = (text: string): string => text.split('\n').find((line) => line.includes('ERROR')) ?? text.trim();

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
