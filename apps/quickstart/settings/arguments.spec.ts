import { describe, expect, it } from '@jest/globals';
import { CannotStart } from '../cannot-start.js';
import { readArguments, USAGE } from './arguments.js';

describe('The arguments of a start', () => {
  it('can be empty, choose a core, or print the help', () => {
    expect(readArguments([])).toEqual({ help: false, core: null });
    expect(readArguments(['--core=http'])).toEqual({ help: false, core: 'http' });
    for (const help of ['-h', '--help']) expect(readArguments([help])).toEqual({ help: true, core: null });
  });

  it.each([
    ['--core', 'only core that can be simulated is --core=http'],
    ['--core=', 'only core that can be simulated is --core=http'],
    ['--core=grpc', 'only core that can be simulated is --core=http'],
    ['--cores=http', 'no such argument'],
    ['core', 'no such argument'],
    ['', 'no such argument'],
  ])('that are unknown stop the start: %s', (argument, problem) => {
    const read = () => readArguments(['--core=http', argument]);
    expect(read).toThrow(CannotStart);
    expect(read).toThrow(`${argument}: `);
    expect(read).toThrow(problem);
  });

  it('are all listed in the usage', () => {
    for (const argument of ['--core=http', '--help', '-h']) expect(USAGE).toContain(argument);
  });
});
