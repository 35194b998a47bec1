import { createHash } from 'node:crypto';
import { AuditTrail } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ArrivedFile } from './domain/registry.js';
import { RegistriesRepository } from './persistence/registries.repository.js';

const NAME_LENGTH = 255;

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
   * registry, by whatever name and way it comes again: `known`, and nothing changes.
   */
  async receive(file: ArrivedFile): Promise<{ id: string; known: boolean }> {
    const hash = createHash('sha256').update(file.content).digest('hex');
    const before = await this.registries.idOfContent(hash);
    if (before !== null) return { id: before, known: true };
    const id = uuidv7();
    const named = { ...file, name: nameOf(file.name) };
    const inserted = await this.database.transaction(async (tx) => {
      const at = this.clock.now();
      const isNew = await this.registries.insert(tx, id, hash, named, at);
      if (isNew && file.source === 'UPLOAD' && file.from !== null) {
        const details = { name: named.name, size: file.content.length };
        await this.trail.record(tx, { at, actor: file.from, action: 'REGISTRY_UPLOADED', subject: id, details });
      }
      return isNew;
    });
    // Somebody else came with it at the same moment.
    if (!inserted) return { id: (await this.registries.idOfContent(hash)) ?? id, known: true };
    this.log.log(`registry ${id} received: ${file.source}, ${file.content.length} bytes`);
    return { id, known: false };
  }
}

/** The last part of what the sender calls it, without what cannot be seen. */
function nameOf(given: string): string {
  const name = given.split(/[\\/]/).at(-1)?.replace(/\p{C}/gu, '').trim().slice(0, NAME_LENGTH) ?? '';
  return name === '' ? 'registry.xlsx' : name;
}
