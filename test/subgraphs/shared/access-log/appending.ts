/** A process that appends to the log of a database until it is killed: `appending.ts <folder or URL>`. Prints the number of each entry once it is committed. */
import { adminOfFolder, adminOfServer, entryOf, openTestLog } from '../../../testkit/access-log.ts';

const [place = ''] = process.argv.slice(2);
const log = openTestLog(await (place.startsWith('postgres') ? adminOfServer(place) : adminOfFolder(place)));
for (let n = 0; ; n += 10) {
  await Promise.all(Array.from({ length: 10 }, (_, each) => log.append(entryOf(n + each)).then(() => process.stdout.write(`${n + each}\n`))));
}
