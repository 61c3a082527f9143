/** What vitest does once around all test files: see templates.ts. */
import { databasesNamed } from './stack.ts';
import { beginTemplates } from './templates.ts';

export default function setup(): () => Promise<void> {
  return beginTemplates((name) => databasesNamed(name).drop());
}
