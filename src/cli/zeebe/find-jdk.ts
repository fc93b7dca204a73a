import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { BrokerError } from './broker-error.ts';

/** The oldest Java that runs Zeebe 8.5. */
const OLDEST = 21;
/** Folders where distributions and people put their JDKs. */
const USUAL = ['/usr/lib/jvm', '/usr/java', '/opt/java', '/opt/jdk', '/opt', '/Library/Java/JavaVirtualMachines'];

export interface Jdk {
  /** The `java` program. */
  java: string;
  version: number;
}

export interface JdkSearch {
  JAVA_HOME?: string | undefined;
  PATH?: string | undefined;
  /** Folders to look into after JAVA_HOME and PATH. */
  folders?: readonly string[];
}

/** Finds a Java of version 21 or newer: JAVA_HOME, PATH, then the usual folders (the newest there). */
export async function findJdk(search: JdkSearch): Promise<Jdk> {
  const first = [
    ...(search.JAVA_HOME ? [join(search.JAVA_HOME, 'bin', 'java')] : []),
    ...(search.PATH ?? '').split(delimiter).flatMap((folder) => (folder ? [join(folder, 'java')] : [])),
  ];
  const seen: string[] = [];
  for (const java of [...new Set(first)]) {
    const version = await versionOf(java);
    if (version === undefined) continue;
    if (version >= OLDEST) return { java, version };
    seen.push(`${java}（${version}）`);
  }
  const installed: Jdk[] = [];
  for (const java of await installedIn(search.folders ?? USUAL)) {
    const version = await versionOf(java);
    if (version === undefined) continue;
    if (version >= OLDEST) installed.push({ java, version });
    else seen.push(`${java}（${version}）`);
  }
  const newest = installed.sort((a, b) => b.version - a.version)[0];
  if (newest) return newest;
  const found = seen.length > 0 ? `只找到较旧的：${[...new Set(seen)].join('、')}。` : '一个也没有找到。';
  throw new BrokerError(
    'no-jdk',
    `运行 Zeebe 需要 Java ${OLDEST} 或更新的版本，${found}请安装（Debian/Ubuntu：apt install openjdk-21-jre-headless；统信、麒麟等用其软件源里的 21 版），或用 JAVA_HOME 指明它的目录，再试一次。`,
  );
}

async function installedIn(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder).catch(() => []);
    for (const entry of entries)
      found.push(join(folder, entry, 'bin', 'java'), join(folder, entry, 'Contents', 'Home', 'bin', 'java'));
  }
  return found;
}

async function versionOf(java: string): Promise<number | undefined> {
  const runnable = await access(java, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!runnable) return undefined;
  return new Promise((resolve) => {
    execFile(java, ['-version'], { timeout: 15_000 }, (error, stdout, stderr) => {
      const match = /version "(\d+)(?:\.(\d+))?/.exec(`${stderr}${stdout}`);
      if (error || !match) return resolve(undefined);
      const major = Number(match[1]);
      resolve(major === 1 ? Number(match[2]) : major);
    });
  });
}
