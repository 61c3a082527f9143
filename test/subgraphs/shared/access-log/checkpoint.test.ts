import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromHeader, LOG_WITNESS_HEADER, openCheckpointRelay, toHeader } from '#schema/log-checkpoints.ts';
import { publicHalf } from '#schema/hop-token.ts';
import {
  CheckpointError,
  cosign,
  cosignedAt,
  parseCheckpoint,
  parseVerifier,
  signCheckpoint,
  verifierText,
  verifyCheckpoint,
} from '#shared/access-log/checkpoint.ts';

const KEY = generateKeyPairSync('ed25519').privateKey;
const OTHER_KEY = generateKeyPairSync('ed25519').privateKey;
const ORIGIN = 'hotline/calls';
const LOG = { name: ORIGIN, key: publicHalf(KEY) };
const ROOT = createHash('sha256').update('root').digest();
const checkpoint = { origin: ORIGIN, size: 1284, root: ROOT };
const note = signCheckpoint(checkpoint, KEY);

describe('a signed checkpoint', () => {
  it('has the text form of signed notes', () => {
    const [origin, size, root, empty, signature, ...rest] = note.split('\n');
    expect([origin, size, root, empty, rest]).toEqual([ORIGIN, '1284', ROOT.toString('base64'), '', ['']]);
    expect(signature).toMatch(/^— hotline\/calls [A-Za-z0-9+/]+={0,2}$/);
    expect(Buffer.from(signature?.split(' ')[2] ?? '', 'base64')).toHaveLength(4 + 64);
  });

  it('is read and verified with the key of the log', () => {
    expect(parseCheckpoint(note)).toEqual(checkpoint);
    expect(verifyCheckpoint(note, LOG)).toEqual(checkpoint);
    expect(signCheckpoint(checkpoint, KEY)).toBe(note);
  });

  it.each([
    ['CHK-01 another size', note.replace('\n1284\n', '\n1285\n')],
    ['CHK-02 another root', note.replace(ROOT.toString('base64'), createHash('sha256').digest('base64'))],
    ['CHK-03 the signature of another key', signCheckpoint(checkpoint, OTHER_KEY)],
    ['CHK-04 the checkpoint of another log', signCheckpoint({ ...checkpoint, origin: 'hotline/victims' }, KEY)],
    ['CHK-05 no signature', `${note.split('\n\n')[0]}\n\n`],
    ['CHK-06 a line that was not signed', note.replace('\n\n', '\nmore\n\n')],
    ['CHK-07 a cosignature of the log in place of its signature', cosign(note, ORIGIN, KEY, new Date()).replace(/\n\n[^\n]+\n/, '\n\n')],
    ['CHK-08 a size with a leading zero', note.replace('\n1284\n', '\n01284\n')],
    ['CHK-09 a root that is no base64', note.replace(ROOT.toString('base64'), '!'.repeat(44))],
    ['CHK-10 no text', '\n\n— x y\n'],
    ['CHK-11 nothing', ''],
    ['CHK-12 more than anybody signs', `${note}${'x'.repeat(5000)}\n`],
  ])('MUST not be believed with %s', (_, text) => {
    expect(() => verifyCheckpoint(text, LOG)).toThrow(CheckpointError);
  });

  it('takes cosignatures of witnesses, with the moment, and is still the log’s', () => {
    const witness = { name: 'witness/victims', key: publicHalf(OTHER_KEY) };
    const at = new Date('2026-11-26T08:00:00Z');
    const cosigned = cosign(note, witness.name, OTHER_KEY, at);
    expect(cosignedAt(cosigned, witness)).toEqual(at);
    expect(verifyCheckpoint(cosigned, LOG)).toEqual(checkpoint);
    expect(cosignedAt(note, witness)).toBeUndefined();
    expect(cosignedAt(cosigned, { ...witness, key: LOG.key })).toBeUndefined();
    expect(cosignedAt(cosigned.replace('\n1284\n', '\n1285\n'), witness)).toBeUndefined();
  });

  it('has public keys in the form of signed notes: the one of Go’s package documentation is understood', () => {
    const line = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect(verifierText(parseVerifier(line))).toBe(line);
    expect(verifierText(parseVerifier(verifierText(LOG)))).toBe(verifierText(LOG));
    for (const bad of [line.replace('c7', 'c8'), line.replace('Neumann', ''), 'x', '']) expect(() => parseVerifier(bad), bad).toThrow(CheckpointError);
  });
});

describe(`the header ${LOG_WITNESS_HEADER}`, () => {
  it('carries several checkpoints, and leaves out what cannot be one', () => {
    const other = signCheckpoint({ ...checkpoint, size: 3 }, KEY);
    expect(fromHeader(`${toHeader(note)}, ${toHeader(other)}`)).toEqual([note, other]);
    expect(fromHeader([toHeader(note)])).toEqual([note]);
    expect(fromHeader(undefined)).toEqual([]);
    expect(fromHeader(`<script>,${'x'.repeat(10_000)},`)).toEqual([]);
  });

  it('is for each subgraph what the others have said last, until it was delivered', () => {
    const relay = openCheckpointRelay();
    expect(relay.headerFor('calls')).toBeUndefined();
    relay.seen('calls', 'aaa');
    relay.seen('victims', 'bbb');
    relay.seen('victims', 'not a header');
    relay.seen('victims', undefined);
    expect(relay.headerFor('calls')).toBe('bbb');
    expect(relay.headerFor('agencies')).toBe('aaa,bbb');
    relay.delivered('agencies', 'aaa,bbb');
    expect(relay.headerFor('agencies')).toBeUndefined();
    relay.seen('calls', 'ccc');
    expect(relay.headerFor('agencies')).toBe('ccc');
  });
});
