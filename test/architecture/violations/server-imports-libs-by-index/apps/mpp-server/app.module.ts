import { LedgerModule } from '../../libs/ledger/ledger.module.js';

export const imports = [LedgerModule];
