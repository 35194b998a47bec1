import { BackgroundWork } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { Reconciliation } from './reconciliation.service.js';

const INTERVAL_MS = 60_000;

/** Checks open discrepancies every minute: a settled payment, a refund or a tariff may explain them. */
@Injectable()
export class Rechecks {
  constructor(reconciliation: Reconciliation, background: BackgroundWork) {
    background.register({
      name: 'registry-rechecks',
      everyMs: INTERVAL_MS,
      work: () => reconciliation.recheckDiscrepancies(),
      log: new Logger('Registries'),
      fails: 'discrepancies of registries cannot be checked again',
      worksAgain: 'discrepancies of registries are checked again',
    });
  }
}
