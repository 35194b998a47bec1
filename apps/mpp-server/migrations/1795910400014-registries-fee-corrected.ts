import { ForwardMigration } from './forward-migration.js';

/** A fee is corrected, as every entry of the journal: the column and its constraint have the word of the glossary. */
export class RegistriesFeeCorrected1795910400014 extends ForwardMigration {
  readonly sql = `
    alter table registries rename column fee_taken_back_at to fee_corrected_at;
    alter table registries rename constraint registries_fee_taken_back to registries_fee_corrected;
  `;
}
