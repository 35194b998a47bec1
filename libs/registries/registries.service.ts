import { AuditTrail } from '@mpp/access';
import { Clock, DomainError } from '@mpp/kernel';
import { Corrections } from '@mpp/ledger';
import { type Position, ReportDatabase, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { throwConflict } from './domain/conflict.js';
import type { StoredRowError } from './domain/discrepancy.js';
import type { Registry, RegistryFilter } from './domain/registry.js';
import { FeePostings } from './fees/fee-postings.js';
import { RegistriesRepository } from './persistence/registries.repository.js';

/** Registries as accounting reads and accepts them. */
@Injectable()
export class Registries {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: ReportDatabase,
    private readonly registries: RegistriesRepository,
    private readonly fees: FeePostings,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
    corrections: Corrections,
  ) {
    corrections.explainConstraint('registries_fee_once', DAYS_ACCEPTED);
    corrections.explainConstraint('registry_differences_once', BOOKED_OTHERWISE);
  }

  /** Newest first. */
  async listRegistries(filter: RegistryFilter, limit: number, after: Position | null): Promise<Registry[]> {
    return this.registries.listRegistries(filter, limit, after);
  }

  /** Throws NOT_FOUND. */
  async readRegistry(id: string): Promise<Registry> {
    const registry = await this.registries.findRegistry(id);
    if (registry === null) throw new DomainError('NOT_FOUND');
    return registry;
  }

  /** The file as it was received. Throws NOT_FOUND. */
  async readFile(id: string): Promise<{ name: string; content: AsyncIterable<Buffer> }> {
    const { name } = await this.readRegistry(id);
    return { name, content: this.registries.readContent(id) };
  }

  /** In the order of the file. Throws NOT_FOUND. */
  async listRowErrors(id: string, limit: number, after: string | null): Promise<StoredRowError[]> {
    await this.readRegistry(id);
    return this.registries.listRowErrors(id, limit, after);
  }

  /**
   * Accepts the registry and posts its fee, once, with a line in the audit trail; an accepted one does not change. Throws
   * NOT_FOUND; STATE_CONFLICT if it is not reconciled, if rows cannot be read, because their fee is unknown, and if another
   * registry of its kind is accepted for one of its days and its fee is in the ledger.
   */
  async acceptRegistry(id: string, operator: string): Promise<Registry> {
    try {
      await this.database.transaction(async (tx) => {
        const registry = await this.registries.lockRegistry(tx, id);
        if (registry === null) throw new DomainError('NOT_FOUND');
        if (registry.status === 'ACCEPTED') return;
        if (registry.status !== 'RECONCILED' || registry.sums === null) throwConflict(NOT_RECONCILED);
        if (registry.rowErrors > 0) throwConflict(HAS_ROW_ERRORS);
        const at = this.clock.now();
        await this.registries.freeDays(tx, id, at);
        await this.registries.saveAcceptance(tx, id, at, operator);
        await this.fees.postFee(tx, { registryId: id, fee: registry.sums.fee });
        const details = { kind: registry.kind, period: registry.period, open: registry.openDiscrepancies };
        await this.trail.recordAction(tx, { at, actor: operator, action: 'REGISTRY_ACCEPTED', subject: id, details });
        tx.afterCommit(() => {
          this.log.log(`registry ${id} is accepted, open discrepancies: ${registry.openDiscrepancies}`);
        });
      });
    } catch (error) {
      if (/^registries_(daily|monthly|fee)_once$/.test(violatedConstraint(error) ?? '')) throwConflict(DAYS_ACCEPTED);
      throw error;
    }
    return this.readRegistry(id);
  }
}

const NOT_RECONCILED = {
  ru: 'Принять можно только сверенный реестр.',
  kk: 'Тек салыстырылған тізілімді қабылдауға болады.',
};
const HAS_ROW_ERRORS = {
  ru: 'В реестре есть нечитаемые строки: их комиссия неизвестна. Запросите у Kaspi исправленный файл.',
  kk: 'Тізілімде оқылмайтын жолдар бар: олардың комиссиясы белгісіз. Kaspi-ден түзетілген файлды сұраңыз.',
};
const DAYS_ACCEPTED = {
  ru: 'Комиссия за некоторые из этих дней уже принята с другим реестром.',
  kk: 'Осы күндердің кейбірінің комиссиясы басқа тізіліммен қабылданып қойған.',
};
const BOOKED_OTHERWISE = {
  ru: 'После этой проводки по операции проведено другое расхождение: сумма стояла бы дважды.',
  kk: 'Бұл жазбадан кейін операция бойынша басқа айырмашылық өткізілген: сома екі рет тұрар еді.',
};
