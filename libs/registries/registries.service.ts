import { AuditTrail } from '@mpp/access';
import { Clock, DomainError, type LocalisedText } from '@mpp/kernel';
import { Database, type Position, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { KeptRowError } from './domain/discrepancy.js';
import type { Registry, RegistryFilter } from './domain/registry.js';
import { FeePostings } from './fees/fee-postings.js';
import { selectRowErrors } from './persistence/discrepancies.js';
import { RegistriesRepository } from './persistence/registries.repository.js';

/** Registries as accounting reads and accepts them. */
@Injectable()
export class Registries {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: Database,
    private readonly registries: RegistriesRepository,
    private readonly fees: FeePostings,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async list(filter: RegistryFilter, limit: number, after: Position | null): Promise<Registry[]> {
    return this.registries.list(filter, limit, after);
  }

  /** NOT_FOUND. */
  async one(id: string): Promise<Registry> {
    const registry = await this.registries.find(id);
    if (registry === null) throw new DomainError('NOT_FOUND');
    return registry;
  }

  /** The file as it came. NOT_FOUND. */
  async file(id: string): Promise<{ name: string; size: number; content: AsyncIterable<Buffer> }> {
    const { name, size } = await this.one(id);
    return { name, size, content: this.registries.content(id) };
  }

  /** In the order of the file, at most `limit`, from behind this id on. */
  async rowErrors(id: string, limit: number, after: string | null): Promise<KeptRowError[]> {
    await this.one(id);
    return selectRowErrors(this.database, id, limit, after);
  }

  /**
   * Accounting takes it as it is: its fees are posted, once, with a line of the audit trail. One that is ACCEPTED stays as it
   * is. NOT_FOUND; STATE_CONFLICT while it is read, where it is FAILED, where rows could not be read (what they cost is not
   * known), and where the fees of one of its days are accepted with another registry, and stand in the ledger.
   */
  async accept(id: string, operator: string): Promise<Registry> {
    try {
      await this.database.transaction(async (tx) => {
        const registry = await this.registries.lock(tx, id);
        if (registry === null) throw new DomainError('NOT_FOUND');
        if (registry.status === 'ACCEPTED') return;
        if (registry.status !== 'RECONCILED' || registry.sums === null) refuse(NOT_RECONCILED);
        if (registry.rowErrors > 0) refuse(HAS_ERRORS);
        const at = this.clock.now();
        await this.registries.giveWay(tx, id, at);
        await this.registries.accept(tx, id, at, operator);
        await this.fees.post(tx, { registryId: id, fee: registry.sums.fee });
        const details = { kind: registry.kind, period: registry.period, open: registry.openDiscrepancies };
        await this.trail.record(tx, { at, actor: operator, action: 'REGISTRY_ACCEPTED', subject: id, details });
        this.log.log(`registry ${id} is accepted, differences still open: ${registry.openDiscrepancies}`);
      });
    } catch (error) {
      if (/^registries_(daily|monthly)_once$/.test(violatedConstraint(error) ?? '')) refuse(ACCEPTED_WITH_ANOTHER);
      throw error;
    }
    return this.one(id);
  }
}

function refuse(detail: LocalisedText): never {
  throw new DomainError('STATE_CONFLICT', { detail });
}

const NOT_RECONCILED = {
  ru: 'Принять можно только сверенный реестр.',
  kk: 'Тек салыстырылған тізілімді қабылдауға болады.',
};
const HAS_ERRORS = {
  ru: 'В реестре есть нечитаемые строки: их комиссия неизвестна. Запросите у Kaspi исправленный файл.',
  kk: 'Тізілімде оқылмайтын жолдар бар: олардың комиссиясы белгісіз. Kaspi-ден түзетілген файлды сұраңыз.',
};
const ACCEPTED_WITH_ANOTHER = {
  ru: 'Комиссия за некоторые из этих дней уже принята с другим реестром.',
  kk: 'Осы күндердің кейбірінің комиссиясы басқа тізіліммен қабылданып қойған.',
};
