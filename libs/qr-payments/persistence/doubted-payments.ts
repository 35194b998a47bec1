import type { CustomerId, Money, PaymentId } from '@mpp/kernel';
import { type Database, type Queryable, selectWhere } from '@mpp/platform';
import { PaymentEntity } from './payment.entity.js';

export interface DoubtedPayment {
  readonly id: PaymentId;
  readonly customerId: CustomerId;
  readonly amount: Money | null;
  readonly doubtedAt: Date;
}

/** Payments that are IN_DOUBT since this moment or earlier. */
export async function findInDoubtSince({ manager }: Database, moment: Date): Promise<DoubtedPayment[]> {
  const query = selectWhere(manager, PaymentEntity, { status: 'IN_DOUBT' });
  const found = await query.andWhere('row.doubtedAt <= :moment', { moment }).getMany();
  return found.map(({ id, customerId, amount, doubtedAt }) => ({
    id,
    customerId,
    amount,
    doubtedAt: doubtedAt ?? moment,
  }));
}

/** The payments that are IN_DOUBT: number and tiyn. */
export async function sumInDoubt(queryable: Queryable): Promise<{ count: string; tiyn: string }> {
  const [row] = await queryable.query<{ count: string; tiyn: string }[]>(
    `select count(*)::text as count, coalesce(sum(amount), 0)::text as tiyn from qr_payments
     where doubted_at is not null and status = 'IN_DOUBT'`,
  );
  return row ?? { count: '0', tiyn: '0' };
}
