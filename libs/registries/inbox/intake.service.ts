import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { AuditTrail } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { Database, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ArrivedFile } from '../domain/registry.js';
import { RegistriesRepository } from '../persistence/registries.repository.js';

const NAME_LENGTH = 255;
const PART_BYTES = 1024 * 1024;

/** Registries as they come in, by whichever way. */
@Injectable()
export class RegistryIntake {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: Database,
    private readonly registries: RegistriesRepository,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Keeps the file, to be read soon by some process, and returns its id once that is safe. The same content is the same
   * registry, by whatever name and way it comes again: `known`, and nothing changes;
   * but one that was GIVEN_UP is read again.
   */
  async receive(file: ArrivedFile): Promise<{ id: string; known: boolean }> {
    const { hash, size } = await fingerprint(file.path);
    const before = await this.registries.idOfContent(hash);
    if (before !== null) {
      await this.registries.tryAgain(hash);
      return { id: before, known: true };
    }
    const id = uuidv7();
    const inserted = await this.database.transaction((tx) =>
      this.keep(tx, id, { ...file, name: nameOf(file.name) }, hash, size),
    );
    // Somebody else came with it at the same moment.
    if (!inserted) return { id: (await this.registries.idOfContent(hash)) ?? id, known: true };
    this.log.log(`registry ${id} received: ${file.source}, ${size} bytes`);
    return { id, known: false };
  }

  private async keep(tx: Tx, id: string, file: ArrivedFile, hash: string, size: number): Promise<boolean> {
    const at = this.clock.now();
    if (!(await this.registries.insert(tx, id, hash, size, file, at))) return false;
    const kept = createHash('sha256');
    let part = 0;
    for await (const content of partsOf(file.path)) {
      kept.update(content);
      await this.registries.insertPart(tx, id, part++, content);
    }
    if (kept.digest('hex') !== hash) throw new Error(`${file.name} changed while it was received`);
    if (file.source === 'UPLOAD' && file.from !== null) {
      const details = { name: file.name, size };
      await this.trail.record(tx, { at, actor: file.from, action: 'REGISTRY_UPLOADED', subject: id, details });
    }
    return true;
  }
}

async function fingerprint(path: string): Promise<{ hash: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const part of partsOf(path)) {
    hash.update(part);
    size += part.length;
  }
  return { hash: hash.digest('hex'), size };
}

function partsOf(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: PART_BYTES });
}

/** The last part of what the sender calls it, without what cannot be seen. */
function nameOf(given: string): string {
  const name = given.split(/[\\/]/).at(-1)?.replace(/\p{C}/gu, '').trim().slice(0, NAME_LENGTH) ?? '';
  return name === '' ? 'registry.xlsx' : name;
}
