/**
 * Changing the ministry's key: the data keys are wrapped anew under the current one, and the identities stay as they are. What is done and what is
 * not can be told from each file, so that it may be interrupted at any moment and begun again.
 */
import { IdentityError, type IdentityFault } from './errors.ts';
import { readWrapped, unwrapDataKey, wrapDataKey } from './sealing.ts';
import { announce, type Vault, whileKeysStay } from './vault.ts';

/** How far it has come. */
export interface RewrapProgress {
  /** Files looked at. */
  readonly seen: number;
  /** Of those, wrapped anew. */
  readonly rewrapped: number;
  /** Those that cannot be: they stay as they are. */
  readonly failed: readonly { readonly victimId: string; readonly code: IdentityFault }[];
}

/** Wraps all data keys under the current key. `onProgress` is told after each list of files. @throws what the access log or the store say. */
export async function rewrapKeys(vault: Vault, onProgress: (progress: RewrapProgress) => void = () => undefined): Promise<RewrapProgress> {
  await announce(vault, 'rewrap');
  let progress: RewrapProgress = { seen: 0, rewrapped: 0, failed: [] };
  for await (const listed of vault.store.lists()) {
    // Whoever was erased since the list was read has no file any more, and must not get one again.
    const { seen, rewrapped, failed } = await whileKeysStay(vault, () => rewrapList(vault, listed));
    progress = { seen: progress.seen + seen, rewrapped: progress.rewrapped + rewrapped, failed: [...progress.failed, ...failed] };
    onProgress(progress);
  }
  return progress;
}

async function rewrapList({ keys, store }: Vault, victimIds: readonly string[]): Promise<RewrapProgress> {
  await store.tidy(victimIds);
  const anew = new Map<string, string>();
  const failed: { victimId: string; code: IdentityFault }[] = [];
  let seen = 0;
  for (const victimId of victimIds) {
    const text = await store.read(victimId);
    if (text === undefined) continue;
    seen += 1;
    try {
      if (readWrapped(text).wrappedBy !== keys.current) anew.set(victimId, wrapDataKey(keys, victimId, unwrapDataKey(keys, victimId, text)));
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      failed.push({ victimId, code: error.code });
    }
  }
  if (anew.size > 0) await store.write(anew);
  return { seen, rewrapped: anew.size, failed };
}
