import type { Tx } from '@mpp/platform';
import { type EntityManager, In } from 'typeorm';
import type { CoreMove } from '../domain/core-move.js';
import { CoreMoveEntity } from './core-move.entity.js';

export async function insertCoreMove(tx: Tx, move: CoreMove): Promise<void> {
  await tx.insert(CoreMoveEntity, move);
}

export async function isCoreMove(tx: Tx, id: string): Promise<boolean> {
  return tx.existsBy(CoreMoveEntity, { id });
}

/** Oldest first. */
export async function findCoreMoves(manager: EntityManager, discrepancyId: string): Promise<CoreMove[]> {
  return manager.find(CoreMoveEntity, { where: { discrepancyId }, order: { createdAt: 'ASC', kind: 'ASC' } });
}

export async function findCoreMovesByIds(tx: Tx, ids: readonly string[]): Promise<Map<string, CoreMove>> {
  const moves = await tx.findBy(CoreMoveEntity, { id: In([...ids]) });
  return new Map(moves.map((move) => [move.id, move]));
}
