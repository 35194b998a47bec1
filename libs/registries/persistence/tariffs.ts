import { ADVISORY_LOCKS, type Queryable, type Tx } from '@mpp/platform';
import type { Tariff } from '../domain/tariff.js';

/** Who set it, and when. */
export interface SetTariff extends Tariff {
  readonly setAt: Date;
  readonly setBy: string;
}

type Row = Omit<SetTariff, 'rate'> & { readonly rate: string };

const COLUMNS = `service, mcc, rate, to_char(valid_from, 'YYYY-MM-DD') as "validFrom", set_at as "setAt", set_by as "setBy"`;
const GIVEN = 'unnest($1::text[], $2::text[], $3::bigint[], $4::date[]) as given (service, mcc, rate, valid_from)';
const SAME = `t.service = given.service and t.mcc is not distinct from given.mcc and t.rate = given.rate
  and t.valid_from = given.valid_from`;

/** Those that count now, by service, MCC and time; those of all others first. */
export async function selectTariffs(queryable: Queryable): Promise<SetTariff[]> {
  const rows = await queryable.query<Row[]>(
    `select ${COLUMNS} from registry_tariffs where replaced_at is null order by service, mcc nulls first, valid_from`,
  );
  return rows.map(tariffIn);
}

/** Until the transaction ends nobody else replaces the list. */
export async function holdTariffs(tx: Tx): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.tariffs.number]);
}

/** Ends those that the list does not have, and returns them. */
export async function endOthers(tx: Tx, list: readonly Tariff[], at: Date, by: string): Promise<Tariff[]> {
  const [rows] = await tx.query<[Row[], number]>(
    `update registry_tariffs t set replaced_at = $5, replaced_by = $6
     where t.replaced_at is null and not exists (select from ${GIVEN} where ${SAME}) returning ${COLUMNS}`,
    [...columnsOf(list), at, by],
  );
  return rows.map(tariffIn);
}

/** Adds those of the list that do not count yet, and returns them. */
export async function addNew(tx: Tx, list: readonly Tariff[], at: Date, by: string): Promise<Tariff[]> {
  const rows = await tx.query<Row[]>(
    `insert into registry_tariffs (service, mcc, rate, valid_from, set_at, set_by)
     select service, mcc, rate, valid_from, $5::timestamptz, $6 from ${GIVEN}
     where not exists (select from registry_tariffs t where t.replaced_at is null and ${SAME}) returning ${COLUMNS}`,
    [...columnsOf(list), at, by],
  );
  return rows.map(tariffIn);
}

function columnsOf(list: readonly Tariff[]): unknown[] {
  return [
    list.map(({ service }) => service),
    list.map(({ mcc }) => mcc),
    list.map(({ rate }) => rate.toString()),
    list.map(({ validFrom }) => validFrom),
  ];
}

function tariffIn({ rate, ...tariff }: Row): SetTariff {
  return { ...tariff, rate: BigInt(rate) };
}
