import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Settings } from '@mpp/config';
import { Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { until } from '../../../test/support/until.js';
import type { ClockCheck } from '../clock/clock-check.js';
import { Metrics } from '../metrics/metrics.js';
import { BackgroundWork } from './background-work.js';

const EVERY_MS = 10;
const RIGHT = { agrees: () => true } as ClockCheck;

describe('background work', () => {
  const log = { log: jest.fn(), error: jest.fn() } as unknown as jest.Mocked<Logger>;
  const texts = { log, fails: 'shelves cannot be filled', worksAgain: 'shelves are filled again' };
  const open: BackgroundWork[] = [];
  let metrics: Metrics;

  function newWork(env: Record<string, string> = {}, clocks = RIGHT): BackgroundWork {
    metrics = new Metrics();
    const settings = Settings.read({ DATABASE_URL: 'postgresql://x/y', KASPI_BASE_URL: 'http://127.0.0.1:9', ...env });
    const background = new BackgroundWork(settings, new SchedulerRegistry(), metrics, clocks);
    open.push(background);
    return background;
  }
  const stop = async (background: BackgroundWork) => {
    background.onModuleDestroy();
    await background.beforeApplicationShutdown();
  };
  /** Waits until another process would have run a task ten times. */
  async function tenIntervals(): Promise<void> {
    let runs = 0;
    const settings = Settings.read({ DATABASE_URL: 'postgresql://x/y', KASPI_BASE_URL: 'http://127.0.0.1:9' });
    const other = new BackgroundWork(settings, new SchedulerRegistry(), new Metrics(), RIGHT);
    open.push(other);
    other.register({ ...texts, name: 'clock', everyMs: EVERY_MS, work: async () => runs++ });
    other.onApplicationBootstrap();
    await until(
      'ten runs of another process',
      () => runs,
      (count) => count >= 10,
    );
    await stop(other);
  }
  const metric = async (name: string) =>
    Number(new RegExp(`^mpp_background_${name}\\{task="shelves"\\} (\\S+)$`, 'm').exec(await metrics.text())?.[1]);

  afterEach(async () => {
    await Promise.all(open.splice(0).map(stop));
    jest.clearAllMocks();
  });

  /** A task whose every run waits until the test ends it. */
  function gatedTask() {
    const runs: { end: () => void }[] = [];
    const work = () => new Promise<void>((resolve) => void runs.push({ end: resolve }));
    return { runs, task: { name: 'shelves', everyMs: EVERY_MS, work, ...texts } };
  }

  it('runs each task at its interval, and never two runs of one task at once', async () => {
    const background = newWork();
    const { runs, task } = gatedTask();
    let others = 0;
    background.register(task);
    background.register({ ...task, name: 'floors', work: async () => others++ });
    background.onApplicationBootstrap();
    await until(
      'several runs of the other task',
      () => others,
      (count) => count > 3,
    );
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await until(
      'the next run',
      () => runs.length,
      (count) => count === 2,
    );
    runs[1]?.end();
  });

  it('does not run before the start of the process, nor with BACKGROUND_WORK=off or OUTBOX_WORKER=off, its old name', async () => {
    let runs = 0;
    const task = { name: 'shelves', everyMs: EVERY_MS, work: async () => runs++, ...texts };
    newWork().register(task);
    for (const env of [{ BACKGROUND_WORK: 'off' }, { OUTBOX_WORKER: 'off' }]) {
      const background = newWork(env);
      background.register(task);
      background.onApplicationBootstrap();
    }
    await tenIntervals();
    expect(runs).toBe(0);
  });

  it('does not begin while the clock of the process is wrong, and begins when it is right again', async () => {
    let [runs, right] = [0, false];
    const background = newWork({}, { agrees: () => right } as ClockCheck);
    background.register({ name: 'shelves', everyMs: EVERY_MS, work: async () => runs++, ...texts });
    background.onApplicationBootstrap();
    await tenIntervals();
    expect(runs).toBe(0);
    right = true;
    await until(
      'a run',
      () => runs,
      (count) => count > 0,
    );
  });

  it('is logged once when it starts to fail and once when it succeeds again', async () => {
    const background = newWork();
    let [runs, fails] = [0, true];
    const work = async () => {
      runs++;
      if (fails) throw new Error('no ladder');
    };
    background.register({ name: 'shelves', everyMs: EVERY_MS, work, ...texts });
    background.onApplicationBootstrap();
    await until(
      'three runs',
      () => runs,
      (count) => count >= 3,
    );
    expect(log.error.mock.calls).toEqual([['shelves cannot be filled: no ladder']]);
    expect(log.log).not.toHaveBeenCalled();
    fails = false;
    await until(
      'the good news',
      () => log.log.mock.calls.length,
      (count) => count > 0,
    );
    await tenIntervals();
    expect(log.log.mock.calls).toEqual([['shelves are filled again']]);
    expect(log.error).toHaveBeenCalledTimes(1);
  });

  it('is measured: when a run last ended, how long it took, and how many runs failed', async () => {
    const background = newWork();
    let [runs, fails] = [0, false];
    const work = async () => {
      runs++;
      if (fails) throw new Error('no ladder');
    };
    background.register({ name: 'shelves', everyMs: EVERY_MS, work, ...texts });
    expect(await metric('last_run_timestamp_seconds')).toBe(0);
    background.onApplicationBootstrap();
    expect(await metric('failures_total')).toBe(0);
    await until(
      'two runs',
      () => runs,
      (count) => count >= 2,
    );
    expect(Math.abs((await metric('last_run_timestamp_seconds')) - Date.now() / 1000)).toBeLessThan(5);
    expect(await metric('last_run_seconds')).toBeLessThan(5);
    expect(await metric('failures_total')).toBe(0);
    fails = true;
    await until(
      'failures',
      () => metric('failures_total'),
      (count) => count >= 2,
    );
  });

  it('under way at the stop of the process gets the signal `stopping` and is awaited; no further run starts', async () => {
    const background = newWork();
    const { runs, task } = gatedTask();
    let isAborted = false;
    background.stopping.addEventListener('abort', () => {
      isAborted = true;
    });
    background.register(task);
    background.onApplicationBootstrap();
    await until(
      'a run',
      () => runs.length,
      (count) => count === 1,
    );
    background.onModuleDestroy();
    expect(isAborted).toBe(true);
    let stopped = false;
    const stopping = background.beforeApplicationShutdown().then(() => {
      stopped = true;
    });
    await tenIntervals();
    expect(stopped).toBe(false);
    runs[0]?.end();
    await stopping;
    await tenIntervals();
    expect(runs).toHaveLength(1);
  });

  it('refuses a second task with the same name', () => {
    const background = newWork();
    const { task } = gatedTask();
    background.register(task);
    expect(() => background.register(task)).toThrow('the background task shelves is registered already');
  });
});
