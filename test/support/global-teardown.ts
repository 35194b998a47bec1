import type { TestCluster } from './global-setup.js';

export default async function globalTeardown(): Promise<void> {
  const { testCluster } = globalThis as { testCluster?: TestCluster };
  await testCluster?.stop();
}
