import type { AccountId } from '@mpp/kernel';
import { newestIdFirst, type Position, selectWhere } from '@mpp/platform';
import { type EntityManager, In } from 'typeorm';
import type { AccountKind } from '../domain/chart.js';
import { type Entry, type EntryWithAccountKinds, withoutDeposits } from '../domain/entry.js';
import { AccountEntity } from './account.entity.js';
import { EntryEntity } from './entry.entity.js';

/** The account's entries, newest first, at most `limit`, after the position. */
export async function listEntriesOfAccount(
  manager: EntityManager,
  account: AccountId,
  limit: number,
  after: Position | null,
): Promise<Entry[]> {
  // A query for each side: with an `or`, PostgreSQL would use neither of their indexes for the order.
  const sides = [{ debitAccountId: account }, { creditAccountId: account }];
  const entries = await Promise.all(
    sides.map((side) => newestIdFirst(selectWhere(manager, EntryEntity, side), limit, after)),
  );
  return entries
    .flat()
    .sort((a, b) => Number(BigInt(b.id) - BigInt(a.id)))
    .slice(0, limit);
}

/** The entries of payments, refunds, registries and bank transfers with these references, oldest first. */
export async function findEntriesByReferences(
  manager: EntityManager,
  references: readonly string[],
): Promise<EntryWithAccountKinds[]> {
  const found = await manager.find(EntryEntity, {
    where: { reference: In([...references]) },
    order: { id: 'ASC' },
  });
  const entries = withoutDeposits(found);
  const ids = new Set(entries.flatMap(({ debitAccountId, creditAccountId }) => [debitAccountId, creditAccountId]));
  const accounts = await manager.find(AccountEntity, { select: { id: true, kind: true }, where: { id: In([...ids]) } });
  const kinds = new Map(accounts.map(({ id, kind }) => [id, kind]));
  // As ledger_account_kind(): an account is missing only for an entry that was written without the server.
  const kindOf = (id: AccountId) => kinds.get(id) ?? ('?' as AccountKind);
  return entries.map((entry) => ({
    ...entry,
    debitKind: kindOf(entry.debitAccountId),
    creditKind: kindOf(entry.creditAccountId),
  }));
}

/** The correction of the entry; null if it is not corrected. */
export async function findCorrection(manager: EntityManager, entryId: string): Promise<Entry | null> {
  // As in the index ledger_entries_once.
  return manager
    .createQueryBuilder(EntryEntity, 'entry')
    .where("entry.purpose = 'CORRECTION' and coalesce(entry.corrects::text, entry.reference) = :entryId", { entryId })
    .getOne();
}

/** The entry that a correction of `entry` brings back, because `entry` corrects it; null if it brings back none. */
export async function findBroughtBack(manager: EntityManager, entry: Entry): Promise<Entry | null> {
  let root = entry;
  let corrections = 0;
  for (; root.corrects !== null; corrections++) {
    root = await manager.findOneByOrFail(EntryEntity, { id: root.corrects });
  }
  return corrections % 2 === 1 ? root : null;
}
