import { DomainError, type LocalisedText } from '@mpp/kernel';

/**
 * Requires that the items of a body’s list differ in their keys. VALIDATION_FAILED names each item whose key an earlier one has;
 * `property`: the property that is the key, such as `.date`.
 */
export function requireDistinctItems<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  message: LocalisedText,
  property = '',
): void {
  const keys = new Set<string>();
  const errors = items.flatMap((item, index) => {
    const key = keyOf(item);
    if (keys.has(key)) return [{ field: `items.${index}${property}`, message }];
    keys.add(key);
    return [];
  });
  if (errors.length > 0) throw new DomainError('VALIDATION_FAILED', { errors });
}
