import { BackgroundWork } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { Reconciliation } from './reconciliation.service.js';

const EVERY_MS = 60_000;

/** What differs is looked at again every minute: a payment that was settled, a refund or a tariff may explain it by now. */
@Injectable()
export class Rechecks {
  constructor(reconciliation: Reconciliation, background: BackgroundWork) {
    background.register({
      name: 'registry-rechecks',
      everyMs: EVERY_MS,
      work: () => reconciliation.lookAgain(),
      log: new Logger('Registries'),
      fails: 'differences cannot be looked at again',
      worksAgain: 'differences are looked at again',
    });
  }
}
