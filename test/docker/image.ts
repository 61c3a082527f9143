import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, posix } from 'node:path';
import type { Instruction, Stage } from './dockerfile.ts';

/** What a stage comes to, without a container engine: a folder instead of a file system, this machine's programs instead of an image's. */
export interface Image {
  /** Stands for `/`. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly command: readonly string[];
}

/** What a build is made from. */
export interface BuildContext {
  readonly project: string;
  /** Files of the project that may be copied. */
  readonly files: readonly string[];
  /** Where the stages' folders are made. */
  readonly folder: string;
}

/** The programs of a base image: Node.js, here the one that runs this, with the machine's npm. */
export const PATH = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);

/** Builds the stages in their order. Only the instructions that the project's Dockerfile uses are known. */
export function buildStages(stages: readonly Stage[], context: BuildContext): ReadonlyMap<string, Image> {
  const images = new Map<string, Image>();
  for (const stage of stages) {
    const root = join(context.folder, stage.name);
    const base = images.get(stage.base);
    // Hard links: a stage adds files, none is changed.
    if (base) execFileSync('cp', ['-al', base.root, root]);
    else mkdirSync(root);
    const start: Image = { ...(base ?? { workdir: '/', env: {}, user: 'root', command: [] }), root };
    images.set(
      stage.name,
      stage.instructions.reduce((image, instruction) => execute(instruction, image, images, context), start),
    );
  }
  return images;
}

function execute({ name, text }: Instruction, image: Image, images: ReadonlyMap<string, Image>, context: BuildContext): Image {
  switch (name) {
    case 'WORKDIR': {
      const workdir = posix.resolve(image.workdir, text);
      mkdirSync(join(image.root, workdir), { recursive: true });
      return { ...image, workdir };
    }
    case 'ENV':
      return { ...image, env: { ...image.env, ...Object.fromEntries(text.split(/\s+/).map((pair) => pair.split('=', 2) as [string, string])) } };
    case 'USER':
      return { ...image, user: text };
    case 'CMD':
      return { ...image, command: JSON.parse(text) as string[] };
    case 'EXPOSE':
      return image;
    case 'RUN':
      execFileSync('sh', ['-c', text], {
        cwd: join(image.root, image.workdir),
        env: { ...npmSettings(), ...image.env, PATH },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      return image;
    case 'COPY':
      copy(text, image, images, context);
      return image;
    default:
      throw new Error(`no way to carry out ${name} ${text}`);
  }
}

/** How npm reaches its registry on this machine, and where it keeps what it fetched. */
function npmSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(HOME|NPM_CONFIG_\w+|\w+_PROXY|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS)$/i.test(name)));
}

function copy(text: string, image: Image, images: ReadonlyMap<string, Image>, context: BuildContext): void {
  const words = text.split(/\s+/);
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  const sources = words.slice(0, -1);
  const target = words.at(-1) ?? '';
  const destination = join(image.root, posix.resolve(image.workdir, target));
  for (const source of sources) {
    if (from !== undefined) {
      const stage = images.get(from);
      if (stage === undefined) throw new Error(`COPY --from=${from}: no such stage`);
      execFileSync('cp', ['-al', join(stage.root, source), destination]);
      continue;
    }
    copyFromContext(source, destination, target.endsWith('/'), context);
  }
}

/** A folder's content is copied, a file itself: into the destination when that is a folder. */
function copyFromContext(source: string, destination: string, intoFolder: boolean, { project, files }: BuildContext): void {
  const folder = statSync(join(project, source)).isDirectory();
  const found = folder ? files.filter((file) => file.startsWith(`${source}/`)) : files.filter((file) => file === source);
  if (found.length === 0) throw new Error(`COPY ${source}: not in the build context; .dockerignore leaves it out`);
  for (const file of found) {
    // Deleted in the work tree, but not yet in git.
    if (!existsSync(join(project, file))) continue;
    const path = folder ? join(destination, file.slice(source.length)) : intoFolder ? join(destination, basename(file)) : destination;
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(join(project, file), path);
  }
}
