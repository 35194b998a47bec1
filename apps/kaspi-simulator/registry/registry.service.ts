import { businessDayOf, Clock } from '@mpp/kernel';
import { BadGatewayException, BadRequestException, Injectable, UnprocessableEntityException } from '@nestjs/common';
import { DifferenceNotPlantable, type PlantedDifference, plantDifferences } from '../domain/planted-differences.js';
import { type Days, registryLines } from '../domain/registry.js';
import type { Rates } from '../domain/registry-rates.js';
import { rethrowAs } from '../http/rethrow-as.js';
import { Store } from '../store/store.js';
import { writeRegistryFile } from './registry-file.js';
import { MailNotDelivered, RegistryMailer } from './registry-mailer.js';
import { daysOfMonth, type MailOrder, type RegistryOrder } from './registry-request.js';

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

export interface MadeRegistry {
  /** Like `2026-03-10`, `2026-03-06_2026-03-08` or `2026-03`. */
  readonly period: string;
  readonly content: Buffer;
  readonly planted: readonly PlantedDifference[];
}

/** Makes and mails the PS's registries (regulation 5) from the store. */
@Injectable()
export class RegistryService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly mailer: RegistryMailer,
  ) {}

  /** Throws UnprocessableEntityException if no operation can have one of the differences. */
  async makeRegistry({ kind, days: requested, differences, cells }: RegistryOrder): Promise<MadeRegistry> {
    const today = businessDayOf(this.clock.now());
    const days = requested ?? (kind === 'daily' ? { from: today, to: today } : daysOfMonth(today.slice(0, 7)));
    const { purchases, refunds, registryRates: rates } = this.store;
    const lines = registryLines(kind, days, {
      purchases: purchases.listPurchases(undefined),
      refunds: refunds.listRefunds({}),
      rates,
    });
    const { planted, ...content } = rethrowAs(DifferenceNotPlantable, UnprocessableEntityException, () =>
      plantDifferences(lines, differences),
    );
    const period = kind === 'daily' ? periodOf(days) : days.from.slice(0, 7);
    return { period, content: await writeRegistryFile({ kind, days, ...content }, cells), planted };
  }

  /** Resolves when the mail server has accepted the mail. Throws BadGatewayException with the reason if it does not. */
  async mailRegistry({ registry, from, ...order }: MailOrder) {
    const { smtpUrl, to: defaultTo } = this.mailer.route;
    const [smtp, to] = [order.smtp ?? smtpUrl, order.to ?? defaultTo];
    if (smtp === null) throw new BadRequestException('smtp: is required because SIMULATOR_SMTP_URL is not set');
    if (to === null) throw new BadRequestException('to: is required because SIMULATOR_MAIL_TO is not set');
    const { period, content, planted } = await this.makeRegistry(registry);
    const name = `Реестр_${period}.xlsx`;
    const adjective = registry.kind === 'daily' ? 'Ежедневный' : 'Ежемесячный';
    const subject = `${adjective} реестр по подтвержденным платежам, ${period.replace('_', ' – ')}`;
    const text = `${subject}\n\nРеестр во вложении.\n`;
    const attachment = { name, type: XLSX, content };
    try {
      const mail = { from, to, subject, text, date: this.clock.now(), attachment };
      return { messageId: await this.mailer.deliverMail(smtp, mail), name, to, planted };
    } catch (error) {
      if (error instanceof MailNotDelivered) throw new BadGatewayException(error.message);
      throw error;
    }
  }

  get rates(): Rates {
    return this.store.registryRates.current;
  }

  /** Registries use these rates from now on, also for past days. */
  setRates(rates: Rates): Rates {
    this.store.recordEvents({ event: 'registry-rates-set', at: this.clock.now().toISOString(), rates });
    return this.rates;
  }
}

function periodOf({ from, to }: Days): string {
  return from === to ? from : `${from}_${to}`;
}
