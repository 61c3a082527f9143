import { parseArgs } from 'node:util';
import { isRole, type Role, ROLES, SCOPES } from '#schema/access.ts';
import { developmentKey } from '#schema/development-keys.ts';
import { isDimensionId } from '#schema/statistics-cell.ts';
import { ConfigError } from '#shared/config.ts';
import { AGENCIES, developmentToken, MINUTES } from '../gateway/development/tokens.ts';
import { loadTokenConfig } from './config.ts';

const USAGE = `Tạo mã truy cập để thử hệ thống trên máy này · Makes a token to try the graph with, on this machine:

  npm run --silent token -- <role> [<role> …] [--agency c02 | --agency ''] [--subject x] [--minutes ${MINUTES}]

  curl -H "authorization: Bearer $(npm run --silent token -- coordinator)" -H 'x-purpose: STATISTICS' …

Vai trò · Roles:

${Object.entries(ROLES)
  .map(([role, scopes]) => describe(role as Role, scopes))
  .join('\n\n')}`;

/** Something that whoever gave the command can mend; `message` says how. */
class UsageError extends Error {}

/**
 * `npm run token -- <role>`: a token on stdout, anything else on stderr.
 * @returns the exit code: 0 with a token, 1 when none would be taken, 2 when the command makes no sense.
 */
async function run(args: string[]): Promise<number> {
  try {
    if (args.includes('--help')) {
      console.log(USAGE);
      return 0;
    }
    const { minutes, ...holder } = readRequest(args);
    const { dataFolder } = loadTokenConfig();
    console.log(await developmentToken(developmentKey(dataFolder, 'issuer'), holder, minutes));
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    console.error(`Lỗi · Error: ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function readRequest(args: string[]) {
  const { values, positionals } = readArguments(args);
  const { agency, subject, minutes = String(MINUTES) } = values;
  const strange = positionals.find((role) => !isRole(role));
  if (positionals.length === 0) throw new UsageError(`expected a role\n\n${USAGE}`);
  if (strange !== undefined) throw new UsageError(`expected one of ${Object.keys(ROLES).join(', ')}, got "${strange}"\n\n${USAGE}`);
  if (agency && !isDimensionId(agency)) throw new UsageError(`--agency: expected the id of an agency, such as c02, got "${agency}"`);
  if (subject !== undefined && !/^[\w.@-]{1,100}$/.test(subject)) throw new UsageError(`--subject: expected letters, digits and . _ @ -, got "${subject}"`);
  if (!/^[1-9]\d*$/.test(minutes) || Number(minutes) > 24 * 60) throw new UsageError(`--minutes: expected 1 to ${24 * 60}, got "${minutes}"`);
  return {
    roles: positionals.filter(isRole),
    minutes: Number(minutes),
    ...(agency === undefined ? {} : { agency: agency || null }),
    ...(subject === undefined ? {} : { subject }),
  };
}

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: { agency: { type: 'string' }, subject: { type: 'string' }, minutes: { type: 'string' } } });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function describe(role: Role, scopes: readonly (keyof typeof SCOPES)[]): string {
  const agency = AGENCIES[role];
  return [`  ${role}${agency === undefined ? '' : ` (--agency ${agency})`}`, ...scopes.map((scope) => `    ${scope.padEnd(18)} ${SCOPES[scope]}`)].join('\n');
}

process.exitCode = await run(process.argv.slice(2));
