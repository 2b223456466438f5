/** Builders for the facts that core weighs: every field has a plain default, a test names only what matters to it. */
import type {
  CopyLost,
  CopyReadBack,
  Evidence,
  EvidenceDraft,
  OffsiteAbsent,
  OffsiteSighting,
  SourceRead,
  SourceSample,
  SourceUnreadable,
  UploadPass,
} from '../../src/core/evidence.ts';
import {
  asCardId,
  asContentHash,
  asDestinationId,
  asFileId,
  asInventoryId,
  asMediumId,
  asRemoteId,
  asRollId,
} from '../../src/core/ids.ts';
import type { CardFile, Inventory } from '../../src/core/inventory.ts';
import { type Policy, STRICTEST } from '../../src/core/policy.ts';

export const DAY = 86_400_000;
export const NOW = 1_800_000_000_000;

export const GOOD = asContentHash('00000000000000aa');
export const BAD = asContentHash('00000000000000bb');
export const SHA = '5f'.repeat(32);

export const WORKING = asDestinationId('working');
export const BACKUP = asDestinationId('backup');
export const THIRD = asDestinationId('third');
export const DISK_1 = asMediumId('disk-1');
export const DISK_2 = asMediumId('disk-2');
export const DISK_3 = asMediumId('disk-3');
export const B2 = asRemoteId('b2');
export const NAS = asRemoteId('nas');

export const POLICY: Policy = {
  ...STRICTEST,
  destinations: new Set([WORKING, BACKUP, THIRD]),
  offsiteRemotes: new Set([B2]),
};
export const CARD = asCardId('0123456789abcdef');
export const ROLL = asRollId(1);

export function cardFile(more: Partial<CardFile> = {}): CardFile {
  const path = more.path ?? 'DCIM/100CANON/IMG_0001.CR3';
  return {
    id: asFileId(1),
    path,
    placement: path,
    sizeBytes: 1000,
    mtimeMs: 1_700_000_000_000,
    role: 'media',
    ...more,
  };
}

/** The inventory that holds exactly these files. */
export function inventoryOf(files: readonly CardFile[], more: Partial<Inventory> = {}): Inventory {
  return {
    id: asInventoryId(1),
    cardId: CARD,
    rollId: ROLL,
    scannedAt: NOW - 1000,
    fileCount: files.length,
    totalBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    problems: [],
    ...more,
  };
}

type Draft<T extends Evidence> = Omit<T, 'seq'>;
type Details<T extends Evidence> = Partial<Omit<T, 'seq' | 'kind'>>;

const ABOUT = { fileId: asFileId(1), at: NOW - 1000 } as const;

export function read(more: Details<SourceRead> = {}): Draft<SourceRead> {
  return { ...ABOUT, kind: 'source-read', hash: GOOD, sizeBytes: 1000, ...more };
}

export function sample(more: Details<SourceSample> = {}): Draft<SourceSample> {
  const hashes = { firstHash: '0000000000000001', secondHash: '0000000000000001' };
  return { ...ABOUT, kind: 'source-sample', ...hashes, sampledBytes: 100, ...more };
}

export function unequalSample(more: Details<SourceSample> = {}): Draft<SourceSample> {
  return sample({ secondHash: '0000000000000002', ...more });
}

export function unreadable(more: Details<SourceUnreadable> = {}): Draft<SourceUnreadable> {
  return { ...ABOUT, kind: 'source-unreadable', reason: 'EIO', ...more };
}

export function readBack(more: Details<CopyReadBack> = {}): Draft<CopyReadBack> {
  return {
    ...ABOUT,
    kind: 'copy-read-back',
    destinationId: WORKING,
    mediumId: DISK_1,
    placedAt: 'roll/DCIM/100CANON/IMG_0001.CR3',
    hash: GOOD,
    sizeBytes: 1000,
    proof: 'device',
    ...more,
  };
}

/** The second drive's copy. */
export function backupReadBack(more: Details<CopyReadBack> = {}): Draft<CopyReadBack> {
  return readBack({ destinationId: BACKUP, mediumId: DISK_2, ...more });
}

export function lost(more: Details<CopyLost> = {}): Draft<CopyLost> {
  const placedAt = 'roll/DCIM/100CANON/IMG_0001.CR3';
  return {
    ...ABOUT,
    kind: 'copy-lost',
    destinationId: WORKING,
    placedAt,
    reason: 'missing',
    ...more,
  };
}

export function pass(more: Details<UploadPass> = {}): Draft<UploadPass> {
  return {
    ...ABOUT,
    kind: 'upload-pass',
    remoteId: B2,
    key: 'roll/IMG_0001.CR3',
    hash: GOOD,
    sizeBytes: 1000,
    digests: [{ algorithm: 'sha256', value: SHA }],
    ...more,
  };
}

export function sighting(more: Details<OffsiteSighting> = {}): Draft<OffsiteSighting> {
  return {
    ...ABOUT,
    kind: 'offsite-sighting',
    remoteId: B2,
    key: 'roll/IMG_0001.CR3',
    method: 'server-digest',
    sizeBytes: 1000,
    digest: { algorithm: 'sha256', value: SHA },
    ...more,
  };
}

export function absent(more: Details<OffsiteAbsent> = {}): Draft<OffsiteAbsent> {
  return { ...ABOUT, kind: 'offsite-absent', remoteId: B2, key: 'roll/IMG_0001.CR3', ...more };
}

/** Gives each draft its place in the order, as the ledger would. */
export function inOrder(drafts: readonly EvidenceDraft[], from = 1): readonly Evidence[] {
  return drafts.map((draft, index) => ({ ...draft, seq: from + index }));
}

/** All that one file needs for "safe", and nothing more. */
export function enough(fileId = asFileId(1)): readonly EvidenceDraft[] {
  return [
    read({ fileId }),
    sample({ fileId }),
    readBack({ fileId }),
    backupReadBack({ fileId }),
    pass({ fileId }),
    sighting({ fileId }),
  ];
}
