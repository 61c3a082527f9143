/**
 * Loaded into the gateway's process before its own code (`node --expose-gc --import`): tells what its memory holds once all that can be is collected, in
 * its threads too. Asked with a {@link MemoryRequest} as a message, it answers with a {@link Memory}.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

/** `snapshot`: a file that V8 writes the heap to as well. */
export interface MemoryRequest {
  readonly snapshot?: string;
}

/** Bytes. */
export interface Memory {
  readonly rss: number;
  readonly heap: number;
  /** Outside of the heap, but held by it: buffers above all. */
  readonly external: number;
  /** The heaps of its threads, each of which is a planner. */
  readonly threads: readonly number[];
}

/** Threads answer when they are idle, and they are when nothing is asked of the gateway. */
const THREADS_ANSWER_WITHIN_MS = 300;

const collect = globalThis.gc as () => void;
const channel = new BroadcastChannel('memory');
channel.unref();

if (isMainThread) {
  let threads: number[] = [];
  channel.onmessage = ({ data }: { data: unknown }) => {
    if (typeof data === 'number') threads.push(data);
  };
  process.on('message', async ({ snapshot }: MemoryRequest) => {
    threads = [];
    channel.postMessage('how much');
    await sleep(THREADS_ANSWER_WITHIN_MS);
    collect();
    // What was waiting to be finalized by the first.
    await sleep(0);
    collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ rss, heap: heapUsed, external, threads } satisfies Memory);
    if (snapshot !== undefined) writeHeapSnapshot(snapshot);
  });
} else {
  channel.onmessage = ({ data }: { data: unknown }) => {
    if (data !== 'how much') return;
    collect();
    channel.postMessage(process.memoryUsage().heapUsed);
  };
}
