import { Clock } from '@mpp/kernel';
import { BadGatewayException, BadRequestException, Injectable, UnprocessableEntityException } from '@nestjs/common';
import { almatyDay } from '../domain/almaty-time.js';
import { DifferenceNotPlantable, type PlantedDifference, plantDifferences } from '../domain/planted-differences.js';
import { type Days, registryLines } from '../domain/registry.js';
import type { Rates } from '../domain/registry-rates.js';
import { Store } from '../store/store.js';
import { registryFile } from './registry-file.js';
import { MailNotDelivered, RegistryMailer } from './registry-mailer.js';
import { type MailOrder, monthOf, type RegistryOrder } from './registry-request.js';

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

export interface MadeRegistry {
  /** Like `2026-03-10`, `2026-03-06_2026-03-08` or `2026-03`. */
  readonly period: string;
  readonly content: Buffer;
  readonly planted: readonly PlantedDifference[];
}

/** Where the PS writes its registries (regulation 5), from its own store, and sends them. */
@Injectable()
export class RegistryService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly mailer: RegistryMailer,
  ) {}

  /** Throws UnprocessableEntityException where there is no operation for a difference that shall be planted. */
  async make({ kind, days: asked, plants, cells }: RegistryOrder): Promise<MadeRegistry> {
    const today = almatyDay(this.clock.now());
    const days = asked ?? (kind === 'daily' ? { from: today, to: today } : monthOf(today.slice(0, 7)));
    const { purchases, refunds, registryRates: rates } = this.store;
    const lines = registryLines(kind, days, { purchases: purchases.list(undefined), refunds: refunds.list({}), rates });
    const { planted, ...content } = inWords(() => plantDifferences(lines, plants));
    const period = kind === 'daily' ? periodOf(days) : days.from.slice(0, 7);
    return { period, content: await registryFile({ kind, days, ...content }, cells), planted };
  }

  /** Resolves when the mail server has taken it. Throws BadGatewayException with its reason where it does not. */
  async mail({ registry, from, ...order }: MailOrder) {
    const { smtpUrl, to: usual } = this.mailer.route;
    const [smtp, to] = [order.smtp ?? smtpUrl, order.to ?? usual];
    if (smtp === null) throw new BadRequestException('smtp: must be there where SIMULATOR_SMTP_URL is not set');
    if (to === null) throw new BadRequestException('to: must be there where SIMULATOR_MAIL_TO is not set');
    const { period, content, planted } = await this.make(registry);
    const name = `Реестр_${period}.xlsx`;
    const which = registry.kind === 'daily' ? 'Ежедневный' : 'Ежемесячный';
    const subject = `${which} реестр по подтвержденным платежам, ${period.replace('_', ' – ')}`;
    const text = `${subject}\n\nРеестр во вложении.\n`;
    const attachment = { name, type: XLSX, content };
    try {
      const letter = { from, to, subject, text, date: this.clock.now(), attachment };
      return { messageId: await this.mailer.deliver(smtp, letter), name, to, planted };
    } catch (error) {
      if (error instanceof MailNotDelivered) throw new BadGatewayException(error.message);
      throw error;
    }
  }

  get rates(): Rates {
    return this.store.registryRates.current;
  }

  /** Registries have these rates from now on, those of earlier days too. */
  setRates(rates: Rates): Rates {
    this.store.record({ event: 'registry-rates-set', at: this.clock.now().toISOString(), rates });
    return this.rates;
  }
}

function periodOf({ from, to }: Days): string {
  return from === to ? from : `${from}_${to}`;
}

function inWords<T>(plant: () => T): T {
  try {
    return plant();
  } catch (error) {
    if (error instanceof DifferenceNotPlantable) throw new UnprocessableEntityException(error.message);
    throw error;
  }
}
