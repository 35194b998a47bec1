import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.js';
import { BuiltProject } from './built-project.js';
import { Places } from './places.js';

const ROOT = join(import.meta.dirname, '../..');
/** For each line of its input, prints a text of a module that it loads for the first line. */
const PROGRAM = `
import '../config/running.js';
import { createInterface } from 'node:readline';
for await (const _ of createInterface({ input: process.stdin })) console.log((await import('../libs/text.js')).text);
`;
const places = new Places();

/** A running program of the project. */
class Program {
  private readonly lines: AsyncIterator<string>;

  constructor(readonly child: ChildProcess) {
    this.lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  }

  async text(): Promise<string> {
    this.child.stdin?.write('\n');
    return (await this.lines.next()).value;
  }

  async end(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.stdin?.end();
    await ended;
  }
}

describe('npm run build', () => {
  let project: BuiltProject;
  beforeEach(async () => {
    project = await BuiltProject.copy(places, 'config/running.ts');
    await project.write('apps/program.ts', PROGRAM);
    await says('first');
  });

  const says = (text: string) => project.write('libs/text.ts', `export const text: string = '${text}';`);
  const builds = async () => expect(await project.build()).toEqual({ code: 0, output: '' });
  const start = () => {
    const stdio = ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'];
    return new Program(places.watched(spawn(process.execPath, [project.path('dist/apps/program.js')], { stdio })));
  };
  const textOfNewProgram = async () => {
    const program = start();
    const text = await program.text();
    await program.end();
    return text;
  };
  const tenMinutesPassFor = (build: string) => utimes(project.path(`builds/${build}`), 0, Date.now() / 1000 - 601);

  it('builds what changed, and does nothing if nothing did', async () => {
    await builds();
    const first = await project.current();
    await project.write('libs/text.spec.ts', 'no part of a build');
    await builds();
    expect(await project.current()).toBe(first);
    await says('second');
    await builds();
    expect(await project.current()).not.toBe(first);
    expect(await textOfNewProgram()).toBe('second');
  });

  it('leaves a running program its files, and the next one gets the new ones', async () => {
    await builds();
    const running = start();
    await says('second');
    await builds();
    await rename(project.path('libs/text.ts'), project.path('libs/renamed.ts'));
    await project.write('apps/program.ts', PROGRAM.replace('text.js', 'renamed.js'));
    await builds();
    expect(await running.text()).toBe('first');
    expect(await textOfNewProgram()).toBe('second');
    await running.end();
  });

  it('leaves the former build where the sources cannot be compiled, and names the place', async () => {
    await builds();
    await project.write('libs/text.ts', 'export const = 1;');
    const { code, output } = await project.build();
    expect(code).toBe(1);
    expect(output).toContain('libs/text.ts:1:');
    expect(output).toContain('build: the sources above cannot be compiled, dist is unchanged');
    expect(await textOfNewProgram()).toBe('first');
    expect(await project.builds()).toEqual([await project.current()]);
  });

  it('ends well several times at once', async () => {
    await Promise.all([builds(), builds(), builds()]);
    expect(await textOfNewProgram()).toBe('first');
    await says('second');
    await Promise.all([builds(), builds()]);
    expect(await textOfNewProgram()).toBe('second');
  });

  it('that is killed changes nothing, and its files are removed by a later one', async () => {
    await builds();
    const first = await project.current();
    await says('second');
    // Compiling it takes longer than noticing the folder.
    await project.write('libs/long.ts', `export const long = [${'1,'.repeat(2_000_000)}];`);
    const killed = project.launchBuild();
    const [unfinished = ''] = await until(
      'the folder of the second build',
      async () => (await project.builds()).filter((name) => name !== first),
      (names) => names.length > 0,
    );
    const ended = once(killed, 'exit');
    process.kill(-(killed.pid ?? 0), 'SIGKILL');
    await ended;
    expect(await project.current()).toBe(first);
    await rm(project.path('libs/long.ts'));
    await builds();
    expect(await textOfNewProgram()).toBe('second');
    await tenMinutesPassFor(unfinished);
    await builds();
    expect(await project.builds()).not.toContain(unfinished);
  });

  it('removes a build that nothing was started from for ten minutes, once its programs have ended', async () => {
    await builds();
    const first = await project.current();
    const running = start();
    expect(await running.text()).toBe('first');
    await says('second');
    await builds();
    await tenMinutesPassFor(first);
    await builds();
    expect(await project.builds()).toContain(first);
    await running.end();
    await builds();
    expect(await project.builds()).toEqual([await project.current()]);
  });

  it('replaces a dist that is a folder, and a link that leads nowhere', async () => {
    await mkdir(project.path('dist/apps'), { recursive: true });
    await builds();
    expect(await textOfNewProgram()).toBe('first');
    await rm(project.path('builds'), { recursive: true });
    await builds();
    expect(await textOfNewProgram()).toBe('first');
  });

  it('keeps the files of every program that a document or a command names', () => {
    const named = ['package.json', 'Dockerfile', ...globSync('docs/**/*.md', { cwd: ROOT })].flatMap((file) =>
      Array.from(readFileSync(join(ROOT, file), 'utf8').matchAll(/dist\/(apps\/[\w/-]+)\.js/g), ([, name]) => name),
    );
    expect(new Set(named)).toContain('apps/mpp-server/main');
    for (const name of named) {
      expect(readFileSync(join(ROOT, `${name}.ts`), 'utf8')).toContain("import '../../config/running.js';");
    }
  });
});
