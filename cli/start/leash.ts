/**
 * Preloaded into every service that `npm start` runs: a service ends when its parent is gone, `kill -9` of the parent included.
 *
 * The operating system closes the channel between the two when the parent dies, however it dies. The service then gets the same order to
 * stop that the parent would have given. It works from the first moment, also while a service migrates or seeds, and no service needs to
 * know of it. Rejected: a check of the parent's process id every second (slow, and ids are reused).
 */

/** How long a service may take to stop by itself; in milliseconds. */
const PATIENCE = 10_000;

if (process.channel) {
  process.once('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE).unref();
    process.kill(process.pid, 'SIGTERM');
  });
  // The listener above would keep the process alive although the service has nothing left to do.
  process.channel.unref();
}
