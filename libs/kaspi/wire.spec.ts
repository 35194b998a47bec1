import { describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { arrayField, field, objectField, parseWireObject, textField, writeAmount } from './wire.js';

const parse = (text: string) => parseWireObject(text) ?? {};

describe('amounts on the wire', () => {
  it('are written with two decimals, or as an integer if set so (R2)', () => {
    expect(writeAmount(Money.parse('100'), 'decimal')).toBe('100.00');
    expect(writeAmount(Money.parse('100.00'), 'integer')).toBe('100');
  });
});

describe('keys on the wire', () => {
  it('are found with surrounding blanks and in another case; an exact key takes precedence (R6)', () => {
    expect(field(parse('{"refundId ":"R1"}'), 'refundId')).toBe('R1');
    expect(field(parse('{"PaymentId":"P1"}'), 'paymentId')).toBe('P1');
    expect(field(parse('{"PAYMENTID":"wrong","paymentId":"right"}'), 'paymentId')).toBe('right');
    expect(field(parse('{"paymentId":null," paymentId":"P2"}'), 'paymentId')).toBe('P2');
  });

  it('are never found in the prototype', () => {
    expect(field(parse('{}'), 'constructor')).toBeUndefined();
    expect(field(parse('{"__proto__":{"paymentId":"x"}}'), 'paymentId')).toBeUndefined();
  });

  it('a number is its source text, an empty string is absent', () => {
    expect(textField(parse('{"id":12345678901234567890}'), 'id')).toBe('12345678901234567890');
    expect(textField(parse('{"id":""}'), 'id')).toBeUndefined();
  });

  it('lists are lists of objects: other elements are omitted', () => {
    expect(arrayField(parse('{"Parameters ":[{"id":1},2,"x",null,[{}],{"id":3}]}'), 'parameters')).toEqual([
      { id: '1' },
      { id: '3' },
    ]);
    expect(arrayField(parse('{"parameters":[]}'), 'parameters')).toEqual([]);
  });

  it.each(['{}', '{"a":null}', '{"a":"x"}', '{"a":1}', '{"a":true}'])(
    '%s contains neither a list nor an object',
    (text) => {
      expect([arrayField(parse(text), 'a'), objectField(parse(text), 'a')]).toEqual([undefined, undefined]);
    },
  );

  it('a list is not an object, and an object is not a list', () => {
    expect(objectField(parse('{"a":[{}]}'), 'a')).toBeUndefined();
    expect(arrayField(parse('{"a":{"0":{}}}'), 'a')).toBeUndefined();
  });

  it('NUL, which the database would refuse, is replaced', () => {
    expect(textField(parse('{"name":"Coffee\\u0000 Bar"}'), 'name')).toBe('Coffee\ufffd Bar');
  });

  it.each(['', 'null', '[]', '"x"', '<html>', '{"a":1'])('%j is not a JSON object', (text) => {
    expect(parseWireObject(text)).toBeNull();
  });
});
