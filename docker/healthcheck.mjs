// Ends with 0 when the URL given answers with success, else with 1: a health check that needs nothing but Node.js in the image.
const [url] = process.argv.slice(2);
try {
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
