import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Places } from './places.js';

const ROOT = join(import.meta.dirname, '../..');
const TOOLS = ['package.json', '.swcrc', 'tools/build.js'];

/** A copy of the project, or of its tools alone, in a folder of its own: its sources can be changed and built. */
export class BuiltProject {
  private constructor(
    private readonly places: Places,
    readonly folder: string,
  ) {}

  /** With these sources of the project, and no `dist` yet. */
  static async copy(places: Places, ...sources: string[]): Promise<BuiltProject> {
    const folder = await places.folder();
    for (const path of [...TOOLS, ...sources]) {
      await cp(join(ROOT, path), join(folder, path), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return new BuiltProject(places, folder);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
  }

  /** `npm run build`, without waiting. It leads a process group. */
  launchBuild(): ChildProcess {
    const options = {
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    };
    return this.places.watched(spawn(process.execPath, ['tools/build.js'], options));
  }

  async build(): Promise<{ code: number | null; output: string }> {
    const child = this.launchBuild();
    const [ended, output] = [
      once(child, 'close'),
      Promise.all([child.stdout, child.stderr].map((each) => each && text(each))),
    ];
    return { code: (await ended)[0], output: (await output).join('') };
  }

  /** The name of the build that `dist` leads to. */
  async current(): Promise<string> {
    return basename(await readlink(this.path('dist')));
  }

  /** The names of all builds that are kept, unfinished ones included. */
  builds(): Promise<string[]> {
    return readdir(this.path('builds'));
  }
}
