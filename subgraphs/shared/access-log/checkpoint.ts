/**
 * Signed checkpoints: what a log commits itself to, in the text form that transparency logs share (C2SP signed-note, tlog-checkpoint and
 * tlog-cosignature), so that tools of others can verify them. A log signs its checkpoint and, with the time, cosigns it; a witness cosigns too.
 *
 *     hotline/calls
 *     1284
 *     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 *
 *     — hotline/calls 5t3jYc0O…
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { HASH_LENGTH } from './merkle.ts';

/** A state of a log. */
export interface Checkpoint {
  /** The log's name. */
  readonly origin: string;
  /** How many entries it has. */
  readonly size: number;
  readonly root: Buffer;
}

/** Whose signature counts: a log's or witness's name and Ed25519 public key. */
export interface Verifier {
  readonly name: string;
  readonly key: KeyObject;
}

/** A checkpoint that is not one, or not signed by whom it must be. */
export class CheckpointError extends Error {}

/** Types of signatures, of which key ids are made. */
const ED25519 = 1;
const COSIGNATURE = 4;

const KEY_ID_LENGTH = 4;
const SIGNATURE_LENGTH = 64;
const MOMENT_LENGTH = 8;
/** Characters; nobody signs longer ones. */
const LONGEST_NOTE = 4_096;

/** Signs a checkpoint with the log's Ed25519 private key. Deterministic: replicas that sign the same state get the same note. */
export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject): string {
  const { origin, size, root } = checkpoint;
  const body = `${origin}\n${size}\n${root.toString('base64')}\n`;
  return `${body}\n${signatureLine(origin, keyId(origin, ED25519, key), sign(null, Buffer.from(body), key))}`;
}

/** The note with the cosignature of `name`, who has seen it at `at` (kept in whole seconds). */
export function cosign(note: string, name: string, key: KeyObject, at: Date): string {
  const { body } = readNote(note);
  const seconds = Math.floor(at.getTime() / 1000);
  const moment = Buffer.alloc(MOMENT_LENGTH);
  moment.writeBigUInt64BE(BigInt(seconds));
  return `${note}${signatureLine(name, keyId(name, COSIGNATURE, key), Buffer.concat([moment, sign(null, cosigned(seconds, body), key)]))}`;
}

/** What a note says, whoever signed it. @throws CheckpointError when it is no checkpoint. */
export function parseCheckpoint(note: string): Checkpoint {
  const [origin = '', size = '', root = ''] = readNote(note).body.split('\n');
  const bytes = Buffer.from(root, 'base64');
  const wellFormed = origin !== '' && /^(0|[1-9]\d{0,15})$/.test(size) && bytes.length === HASH_LENGTH && bytes.toString('base64') === root;
  if (!wellFormed || !Number.isSafeInteger(Number(size))) throw new CheckpointError('expected the lines of a checkpoint: origin, size, root');
  return { origin, size: Number(size), root: bytes };
}

/** What a note says that the log itself signed. @throws CheckpointError when it is another log's, or nobody's. */
export function verifyCheckpoint(note: string, log: Verifier): Checkpoint {
  const checkpoint = parseCheckpoint(note);
  if (checkpoint.origin !== log.name) throw new CheckpointError(`expected a checkpoint of ${log.name}, got one of another log`);
  const { body } = readNote(note);
  const signed = signaturesOf(note, log, ED25519).some(
    (signature) => signature.length === SIGNATURE_LENGTH && verify(null, Buffer.from(body), log.key, signature),
  );
  if (!signed) throw new CheckpointError(`not signed with the key of ${log.name}`);
  return checkpoint;
}

/** When the witness cosigned the note; undefined when it did not. @throws CheckpointError when it is no note. */
export function cosignedAt(note: string, witness: Verifier): Date | undefined {
  const { body } = readNote(note);
  for (const signature of signaturesOf(note, witness, COSIGNATURE)) {
    if (signature.length !== MOMENT_LENGTH + SIGNATURE_LENGTH) continue;
    const seconds = Number(signature.readBigUInt64BE());
    if (verify(null, cosigned(seconds, body), witness.key, signature.subarray(MOMENT_LENGTH))) return new Date(seconds * 1000);
  }
  return undefined;
}

/** A verifier as one line: `<name>+<key id>+<key>`, the form of signed notes. */
export function verifierText({ name, key }: Verifier): string {
  return `${name}+${keyId(name, ED25519, key).toString('hex')}+${Buffer.concat([Buffer.of(ED25519), rawKey(key)]).toString('base64')}`;
}

/** The verifier of such a line. @throws CheckpointError when it is none. */
export function parseVerifier(line: string): Verifier {
  const [, name = '', id, encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length === 1 + RAW_KEY_LENGTH && bytes[0] === ED25519) {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(1).toString('base64url') }, format: 'jwk' });
    if (keyId(name, ED25519, key).toString('hex') === id) return { name, key };
  }
  throw new CheckpointError('expected the public key of a log: <name>+<key id>+<key>');
}

const RAW_KEY_LENGTH = 32;

/** The text and the signature lines of a note. */
function readNote(note: string): { readonly body: string; readonly lines: readonly string[] } {
  const split = note.lastIndexOf('\n\n');
  if (note.length > LONGEST_NOTE || split < 0 || !note.endsWith('\n')) throw new CheckpointError('expected a signed note: its text, an empty line, signatures');
  return { body: note.slice(0, split + 1), lines: note.slice(split + 2, -1).split('\n') };
}

function signatureLine(name: string, id: Buffer, signature: Buffer): string {
  return `— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

/** The bytes of the signatures that claim to be of this key and type. */
function signaturesOf(note: string, { name, key }: Verifier, type: number): Buffer[] {
  const id = keyId(name, type, key);
  return readNote(note).lines.flatMap((line) => {
    const [, signer, encoded = ''] = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    const bytes = Buffer.from(encoded, 'base64');
    return signer === name && bytes.subarray(0, KEY_ID_LENGTH).equals(id) ? [bytes.subarray(KEY_ID_LENGTH)] : [];
  });
}

function keyId(name: string, type: number, key: KeyObject): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(type)).update(rawKey(key)).digest().subarray(0, KEY_ID_LENGTH);
}

/** What a cosignature is over. */
function cosigned(seconds: number, body: string): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${body}`);
}

function rawKey(key: KeyObject): Buffer {
  const { crv, x = '' } = key.export({ format: 'jwk' });
  if (crv !== 'Ed25519') throw new CheckpointError('expected an Ed25519 key');
  return Buffer.from(x, 'base64url');
}
