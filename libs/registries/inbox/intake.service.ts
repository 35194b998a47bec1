import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { AuditTrail } from '@mpp/access';
import { Clock } from '@mpp/kernel';
import { ReportDatabase, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ReceivedFile } from '../domain/registry.js';
import { RegistriesRepository } from '../persistence/registries.repository.js';

const MAX_NAME_LENGTH = 255;
const PART_BYTES = 1024 * 1024;

/** Receives registries, however they are sent. */
@Injectable()
export class RegistryIntake {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: ReportDatabase,
    private readonly registries: RegistriesRepository,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores the file, to be read by any process, and returns its id when it is committed. The same content is the same
   * registry, whatever its name and source: `known`, and nothing changes, except that one that was GIVEN_UP is read again.
   */
  async receiveFile(file: ReceivedFile): Promise<{ id: string; known: boolean }> {
    const { hash, size } = await hashAndSize(file.path);
    const knownId = await this.registries.findIdByContent(hash);
    if (knownId !== null) {
      await this.registries.retryGivenUp(knownId);
      return { id: knownId, known: true };
    }
    const id = uuidv7();
    const inserted = await this.database.transaction((tx) =>
      this.storeFile(tx, id, { ...file, name: storedName(file.name) }, hash, size),
    );
    // The same content was received concurrently.
    if (!inserted) return { id: (await this.registries.findIdByContent(hash)) ?? id, known: true };
    this.log.log(`registry ${id} received: ${file.source}, ${size} bytes`);
    return { id, known: false };
  }

  private async storeFile(tx: Tx, id: string, file: ReceivedFile, hash: string, size: number): Promise<boolean> {
    const at = this.clock.now();
    const registry = { id, contentHash: hash, size, receivedAt: at };
    if (!(await this.registries.insertRegistry(tx, registry, file))) return false;
    const stored = createHash('sha256');
    let part = 0;
    for await (const content of partsOf(file.path)) {
      stored.update(content);
      await this.registries.insertPart(tx, id, part++, content);
    }
    if (stored.digest('hex') !== hash) throw new Error(`${file.name} changed while it was received`);
    if (file.source === 'UPLOAD' && file.from !== null) {
      const details = { name: file.name, size };
      await this.trail.recordAction(tx, { at, actor: file.from, action: 'REGISTRY_UPLOADED', subject: id, details });
    }
    return true;
  }
}

async function hashAndSize(path: string): Promise<{ hash: string; size: number }> {
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

/** The file name without folders and control characters. */
function storedName(given: string): string {
  const name = given.split(/[\\/]/).at(-1)?.replace(/\p{C}/gu, '').trim().slice(0, MAX_NAME_LENGTH) ?? '';
  return name === '' ? 'registry.xlsx' : name;
}
