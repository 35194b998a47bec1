import { describe, expect, it } from '@jest/globals';
import { asOperator, callerOf, NAME, UNNAMED } from './caller.js';

describe('the caller of a token', () => {
  const nameOf = (sub: unknown) => callerOf({ sub, roles: ['operations'] }).name;

  it.each([
    ['a short name', 'a', 'a'],
    ['an address', 'aigerim@bank.kz', 'aigerim@bank.kz'],
    ['an id', '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44', '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44'],
    ['a name with a blank in it', 'Әйгерім С.', 'Әйгерім С.'],
    ['a name with blanks around it', ' \taigerim\n', 'aigerim'],
    ['a name of 128 characters', 'ж'.repeat(128), 'ж'.repeat(128)],
    ['a longer name, cut', 'ж'.repeat(129), 'ж'.repeat(128)],
    ['a longer name, cut at a blank', `${'a'.repeat(127)} b`, 'a'.repeat(127)],
    ['a longer name, cut between characters and not within one', '𐐷'.repeat(129), '𐐷'.repeat(128)],
  ])('has the name in the claim sub: %s', (_, sub, name) => {
    expect(nameOf(sub)).toBe(name);
    expect(name).toMatch(NAME);
  });

  it.each([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['blanks', ' \t '],
    ['a number', 7],
    ['a list', ['aigerim']],
    ['an object', { name: 'aigerim' }],
    ['a name with a line break', 'aigerim\nlog line'],
    ['a name with NUL', 'a\0b'],
    ['a name with a right-to-left override', 'aigerim\u202enimda'],
    ['a name with a zero-width character', 'ai\u200bgerim'],
    ['a name with a no-break space', 'ai\u00a0gerim'],
    ['half a character', 'a\ud83d'],
  ])('has no name if the claim sub is %s', (_, sub) => {
    expect(nameOf(sub)).toBe(UNNAMED);
    expect(UNNAMED).toMatch(NAME);
  });

  it('never has the customer’s id as its name, since the id is personal data', () => {
    expect(callerOf({ customer_id: '900900000001' })).toEqual({
      name: UNNAMED,
      customerId: '900900000001',
      roles: [],
    });
    expect(callerOf({ customer_id: '900900000001', sub: 'app-7' }).name).toBe('app-7');
  });

  it('is an operator if the token has a role, and is refused as an operator without one', () => {
    expect(asOperator(callerOf({ sub: 'aigerim', roles: ['support', 'unheard-of', 'operations'] }))).toEqual({
      name: 'aigerim',
      roles: ['support', 'operations'],
    });
    expect(() => asOperator(callerOf({ sub: 'aigerim', customer_id: '7' }))).toThrow('FORBIDDEN');
  });
});
