import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { startSimulator } from './start.js';

const options = { storeFile: null, refundUrl: 'http://127.0.0.1:9/refund' };

describe('The simulator', () => {
  it('takes a free port for port 0, returns its URL, and can be stopped twice', async () => {
    const simulator = await startSimulator({ ...options, port: 0 });
    expect(simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
    await Promise.all([simulator.stop(), simulator.stop()]);
    await expect(fetch(simulator.url)).rejects.toThrow();
  });

  it('does not start on a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startSimulator({ ...options, port })).rejects.toThrow('EADDRINUSE');
    other.close();
  });
});
