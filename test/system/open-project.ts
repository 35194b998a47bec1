import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { canEnter, canRun, type RunAs } from '../../apps/quickstart/embedded-postgres/run-as.js';
import { DIST, type Places } from '../quickstart/places.js';
import { PROGRAM } from '../quickstart/postgres-owner.js';

/** The programs for a process of another user. */
export interface OpenProject {
  readonly node: string;
  readonly dist: string;
  readonly program: string;
}

/** The built project and Node where that user can reach them: in place, or a copy if they are in a closed home. */
export async function openProject(places: Places, user: RunAs): Promise<OpenProject> {
  const node = process.execPath;
  const open = (await canEnter(DIST, user)) && (await canEnter(dirname(PROGRAM), user)) && (await canRun(node, user));
  if (open) return { node, dist: DIST, program: PROGRAM };
  const project = await places.folder();
  const modules = join(import.meta.dirname, '../../node_modules');
  await writeFile(join(project, 'package.json'), '{"type":"module"}');
  await mkdir(join(project, 'dist'));
  const copied = ['apps', 'libs', 'config'].map(
    (folder) => [join(DIST, folder), join(project, 'dist', folder)] as const,
  );
  for (const [from, to] of [...copied, [modules, project], [PROGRAM, project], [node, project]] as const) {
    await promisify(execFile)('cp', ['-R', from, to]);
  }
  await chmod(project, 0o755);
  return {
    node: join(project, basename(node)),
    dist: join(project, 'dist'),
    program: join(project, basename(PROGRAM)),
  };
}
