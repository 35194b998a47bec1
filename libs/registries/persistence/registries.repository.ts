import type { DayRange } from '@mpp/kernel';
import { newestFirst, type Position, ReportDatabase, selectWhere, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { In, LessThanOrEqual, MoreThan, MoreThanOrEqual } from 'typeorm';
import type { StoredRowError } from '../domain/discrepancy.js';
import { GIVEN_UP, type ReceivedFile, type Registry, type RegistryFilter } from '../domain/registry.js';
import type { CoveringRegistry } from '../domain/registry-calendar.js';
import { COMPARED_STATUSES } from '../domain/registry-status.js';
import { RegistryEntity } from './registry.entity.js';
import { RegistryFileEntity } from './registry-file.entity.js';
import { RegistryRowErrorEntity } from './registry-row-error.entity.js';

@Injectable()
export class RegistriesRepository {
  constructor(private readonly database: ReportDatabase) {}

  /** False if its content is known: then nothing is written. The parts of the file follow in the same transaction. */
  async insertRegistry(
    tx: Tx,
    registry: Pick<RegistryEntity, 'id' | 'contentHash' | 'size' | 'receivedAt'>,
    { name, source, from: receivedFrom }: ReceivedFile,
  ): Promise<boolean> {
    const { raw } = await tx
      .createQueryBuilder()
      .insert()
      .into(RegistryEntity)
      .values({ ...registry, name, source, receivedFrom, status: 'PROCESSING' })
      .orIgnore()
      .returning('id')
      .updateEntity(false)
      .execute();
    return raw.length === 1;
  }

  async insertPart(tx: Tx, registryId: string, part: number, content: Buffer): Promise<void> {
    await tx.insert(RegistryFileEntity, { registryId, part, content });
  }

  async findIdByContent(contentHash: string): Promise<string | null> {
    const registry = await this.database.manager.findOne(RegistryEntity, {
      select: { id: true },
      where: { contentHash },
    });
    return registry?.id ?? null;
  }

  /** The file as it was received, part by part. */
  async *readContent(registryId: string): AsyncGenerator<Buffer> {
    const { manager } = this.database;
    const registry = await manager.findOne(RegistryEntity, {
      select: { id: true, size: true },
      where: { id: registryId },
    });
    const size = registry?.size ?? 0;
    for (let at = 0, part = 0; at < size; part++) {
      const stored = await manager.findOneBy(RegistryFileEntity, { registryId, part });
      if (stored === null) throw new Error(`part ${part} of registry ${registryId} is missing`);
      at += stored.content.length;
      yield stored.content;
    }
  }

  async findRegistry(id: string): Promise<Registry | null> {
    return this.database.manager.findOneBy(RegistryEntity, { id });
  }

  /** Newest first. */
  async listRegistries(filter: RegistryFilter, limit: number, after: Position | null): Promise<Registry[]> {
    return newestFirst(selectWhere(this.database.manager, RegistryEntity, filter), limit, after, 'receivedAt');
  }

  /** Reconciled registries that cover any of these days, oldest first. */
  async findCovering({ from, to }: DayRange): Promise<CoveringRegistry[]> {
    const registries = await this.database.manager.find(RegistryEntity, {
      select: { id: true, kind: true, periodFrom: true, periodTo: true },
      where: {
        status: In(COMPARED_STATUSES),
        kind: In(['DAILY', 'MONTHLY']),
        periodTo: MoreThanOrEqual(from),
        periodFrom: LessThanOrEqual(to),
      },
      order: { receivedAt: 'ASC', id: 'ASC' },
    });
    return registries as (RegistryEntity & CoveringRegistry)[];
  }

  /** In the order of the file. */
  async listRowErrors(registryId: string, limit: number, after: string | null): Promise<StoredRowError[]> {
    return this.database.manager.find(RegistryRowErrorEntity, {
      where: { registryId, ...(after !== null && { id: MoreThan(after) }) },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  /** Locks the registry until the transaction ends. */
  async lockRegistry(tx: Tx, id: string): Promise<Registry | null> {
    return tx.findOne(RegistryEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** Accepted registries of its kind for any of its days without a fee in the journal no longer prevent its acceptance. */
  async freeDays(tx: Tx, id: string, at: Date): Promise<void> {
    await tx.query(
      `update registries o set fee_corrected_at = $2 from registries n
       where n.id = $1 and o.id <> n.id and o.status = 'ACCEPTED' and o.kind = n.kind and o.fee_corrected_at is null
         and daterange(o.period_from, o.period_to, '[]') && daterange(n.period_from, n.period_to, '[]')
         and ledger_fee_of_registry(o.id::text) = 0`,
      [id, at],
    );
  }

  /** Violates registries_daily_once or registries_monthly_once if another registry is accepted for one of its days. */
  async saveAcceptance(tx: Tx, id: string, acceptedAt: Date, acceptedBy: string): Promise<void> {
    await tx.update(RegistryEntity, { id }, { status: 'ACCEPTED', acceptedAt, acceptedBy });
  }

  /** A registry that was given up after internal errors is read again; a file that is not a registry is not. */
  async retryGivenUp(id: string): Promise<void> {
    await this.database.manager.update(
      RegistryEntity,
      { id, status: 'FAILED', failure: GIVEN_UP },
      { status: 'PROCESSING', failure: null, attempts: 0 },
    );
  }
}
