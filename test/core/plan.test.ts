import { describe, expect, it } from '@jest/globals';
import type { EvidenceDraft } from '../../src/core/evidence.ts';
import { asFileId } from '../../src/core/ids.ts';
import type { CardFile } from '../../src/core/inventory.ts';
import {
  chooseSample,
  sampleStep,
  type Situation,
  type Step,
  stepsFor,
} from '../../src/core/plan.ts';
import type { Policy } from '../../src/core/policy.ts';
import { type FileStanding, standingOf } from '../../src/core/standing.ts';
import {
  absent,
  B2,
  BACKUP,
  BAD,
  backupReadBack,
  cardFile,
  DISK_3,
  enough,
  GOOD,
  inOrder,
  lost,
  NAS,
  NOW,
  pass,
  POLICY,
  read,
  readBack,
  sample,
  sighting,
  THIRD,
  unequalSample,
  unreadable,
  WORKING,
} from './facts.ts';

const FILE = cardFile();
const WRONG = { algorithm: 'sha256', value: '00' } as const;
const ALL: Situation = {
  cardPresent: true,
  destinations: [WORKING, BACKUP],
  remotes: [B2],
  sourceVerify: 'sample',
};
const CARD_OUT: Situation = { ...ALL, cardPresent: false };

/** A step in few words: `copy working,backup`, `look b2`, `reread full`. */
function inWords(step: Step): string {
  switch (step.kind) {
    case 'copy':
      return `copy ${step.to.join(',')}`;
    case 'catch-up':
      return `catch-up ${step.from} to ${step.to.join(',')}`;
    case 'read-back':
      return `read-back ${step.destinationId}`;
    case 'reread-source':
      return `reread ${step.coverage}`;
    case 'upload':
    case 'look':
      return `${step.kind} ${step.remoteId}`;
    default:
      return step satisfies never;
  }
}

function planOn(
  drafts: readonly EvidenceDraft[],
  situation: Situation = ALL,
  policy: Policy = POLICY,
): readonly string[] {
  const standing = standingOf(FILE, inOrder(drafts), policy, NOW);
  const steps = stepsFor(FILE, standing, situation);
  for (const step of steps) expect(step.file).toBe(FILE);
  return steps.map((step) => inWords(step));
}

describe('a file that nothing is known of', () => {
  it('is copied to every ready destination', () => {
    expect(planOn([])).toEqual(['copy working,backup']);
    expect(planOn([], { ...ALL, destinations: [BACKUP] })).toEqual(['copy backup']);
  });

  it('waits while the card is out or no destination is ready', () => {
    expect(planOn([], CARD_OUT)).toEqual([]);
    expect(planOn([], { ...ALL, destinations: [] })).toEqual([]);
  });

  it('has no expected hash: this read will be the first', () => {
    const standing = standingOf(FILE, [], POLICY, NOW);
    expect(stepsFor(FILE, standing, ALL)).toEqual([
      { kind: 'copy', file: FILE, to: [WORKING, BACKUP] },
    ]);
  });
});

describe('a file whose source is in doubt', () => {
  it.each([
    ['unreadable', [unreadable()]],
    ['unstable', [read(), read({ hash: BAD })]],
    ['a sample that differs', [read(), readBack(), backupReadBack(), unequalSample()]],
    ['one read after the trouble', [unreadable(), read()]],
  ])('%s: is read again as a whole, and nothing else is done with it', (_what, drafts) => {
    expect(planOn(drafts)).toEqual(['reread full']);
    expect(planOn(drafts, { ...ALL, destinations: [] })).toEqual(['reread full']);
    expect(planOn(drafts, CARD_OUT)).toEqual([]);
  });

  it('goes on when two equal reads have settled it', () => {
    expect(planOn([unreadable(), read(), read()])).toEqual(['copy working,backup']);
  });
});

describe('copies', () => {
  it('that are missing, lost or wrong are made again from the card', () => {
    expect(planOn([read()])).toEqual(['copy working,backup']);
    expect(planOn([read(), readBack()])).toEqual(['copy backup', 'upload b2']);
    expect(planOn([...enough(), lost()])).toEqual(['copy working']);
    expect(planOn([...enough(), backupReadBack({ hash: BAD })])).toEqual(['copy backup']);
  });

  it('must have the settled hash', () => {
    const standing = standingOf(FILE, inOrder([read(), readBack()]), POLICY, NOW);
    expect(stepsFor(FILE, standing, { ...ALL, remotes: [] })).toEqual([
      { kind: 'copy', file: FILE, to: [BACKUP], expected: GOOD },
    ]);
    expect(stepsFor(FILE, standing, { ...CARD_OUT, remotes: [] })).toEqual([
      {
        kind: 'catch-up',
        file: FILE,
        from: WORKING,
        fromPlacedAt: 'roll/DCIM/100CANON/IMG_0001.CR3',
        to: [BACKUP],
        expected: GOOD,
      },
    ]);
  });

  it('catch up from a good copy while the card is out', () => {
    expect(planOn([...enough(), lost()], CARD_OUT)).toEqual(['catch-up backup to working']);
    expect(planOn([...enough(), backupReadBack({ sizeBytes: 1 })], CARD_OUT)).toEqual([
      'catch-up working to backup',
    ]);
    const three = { ...CARD_OUT, destinations: [WORKING, BACKUP, THIRD] };
    expect(planOn([...enough(), lost()], three)).toEqual(['catch-up backup to working,third']);
  });

  it('never catch up from a copy that is not good, or on a drive that is not there', () => {
    expect(planOn([read()], CARD_OUT)).toEqual([]);
    expect(planOn([read(), readBack({ hash: BAD })], CARD_OUT)).toEqual([]);
    expect(planOn([read(), readBack({ proof: 'cached' })], CARD_OUT)).toEqual([
      'read-back working',
    ]);
    expect(planOn([read(), readBack({ at: 0 })], CARD_OUT)).toEqual(['read-back working']);
    const noWorking = { ...CARD_OUT, destinations: [BACKUP] };
    expect(planOn([read(), readBack()], noWorking)).toEqual([]);
  });

  it('are read back when the last look is old, weak or from the future', () => {
    for (const look of [{ at: 0 }, { at: NOW + 1 }, { proof: 'cached' as const }]) {
      const drafts = [read(), readBack(look), backupReadBack(), pass(), sighting()];
      expect(planOn(drafts)).toEqual(['read-back working']);
      expect(planOn(drafts, CARD_OUT)).toEqual(['read-back working']);
      expect(planOn(drafts, { ...ALL, destinations: [BACKUP] })).toEqual([]);
    }
    const placedAt = 'somewhere/else';
    const standing = standingOf(
      FILE,
      inOrder([read(), readBack({ at: 0, placedAt })]),
      POLICY,
      NOW,
    );
    expect(stepsFor(FILE, standing, { ...ALL, destinations: [WORKING], remotes: [] })).toEqual([
      { kind: 'read-back', file: FILE, destinationId: WORKING, placedAt },
    ]);
  });

  it('missing ones come before looks at the others', () => {
    const drafts = [read(), readBack({ at: 0 }), pass(), sighting()];
    expect(planOn(drafts)).toEqual(['copy backup', 'read-back working']);
    const three = { ...CARD_OUT, destinations: [WORKING, BACKUP, THIRD] };
    const third = readBack({ destinationId: THIRD, mediumId: DISK_3 });
    expect(planOn([...drafts, third], three)).toEqual([
      'read-back working',
      'catch-up third to backup',
    ]);
  });
});

describe('offsite', () => {
  const copied = [read(), sample(), readBack(), backupReadBack()] as const;

  it('is sent from a good copy that is within reach', () => {
    expect(planOn(copied)).toEqual(['upload b2']);
    expect(planOn(copied, CARD_OUT)).toEqual(['upload b2']);
    expect(planOn(copied, { ...CARD_OUT, destinations: [BACKUP] })).toEqual(['upload b2']);
    expect(planOn(copied, { ...CARD_OUT, destinations: [] })).toEqual([]);
    expect(planOn([read(), readBack({ proof: 'cached' })], CARD_OUT)).not.toContain('upload b2');
    expect(planOn([read()], CARD_OUT)).toEqual([]);
  });

  it('is looked at after it was sent, even with no drive within reach', () => {
    expect(planOn([...copied, pass()])).toEqual(['look b2']);
    expect(planOn([...copied, pass()], { ...CARD_OUT, destinations: [] })).toEqual(['look b2']);
  });

  it.each([
    ['seen', [pass(), sighting()], []],
    ['seen too long ago', [pass(), sighting({ at: 0 })], ['look b2']],
    ['seen in the future', [pass(), sighting({ at: NOW + 1 })], ['look b2']],
    ['seen by too weak a proof', [pass(), sighting({ method: 'listed' })], []],
    ['absent', [pass(), absent()], ['upload b2']],
    ['not what was sent', [pass(), sighting({ sizeBytes: 1 })], ['upload b2']],
    ['absent, and sent again', [pass(), absent(), pass()], ['look b2']],
    ['wrong, and sent again', [pass(), sighting({ sizeBytes: 1 }), pass()], ['look b2']],
  ])('%s', (_what, drafts, steps) => {
    expect(planOn([...copied, ...drafts])).toEqual(steps);
  });

  it('is sent again when the source was settled on other bytes than those that were sent', () => {
    const sent = [pass({ hash: BAD, digests: [WRONG] }), sighting({ digest: WRONG })];
    expect(planOn([...copied, ...sent])).toEqual(['upload b2']);
    expect(planOn([...copied, ...sent, pass({ digests: [] })])).toEqual(['look b2']);
  });

  it('refuses a state that nobody knows', () => {
    const standing = standingOf(FILE, inOrder(enough()), POLICY, NOW);
    const state = 'lost in the post' as FileStanding['remotes'][number]['state'];
    const strange = { ...standing, remotes: standing.remotes.map((r) => ({ ...r, state })) };
    expect(() => stepsFor(FILE, strange, ALL)).toThrow(/unexpected value.*lost in the post/);
  });

  it('every configured remote is served, whether it counts or not', () => {
    expect(planOn(copied, { ...ALL, remotes: [B2, NAS] })).toEqual(['upload b2', 'upload nas']);
    expect(planOn([...copied, pass(), sighting()], { ...ALL, remotes: [B2, NAS] })).toEqual([
      'upload nas',
    ]);
    expect(planOn([...copied, pass({ remoteId: NAS })], { ...ALL, remotes: [NAS] })).toEqual([
      'look nas',
    ]);
    expect(planOn(copied, { ...ALL, remotes: [] })).toEqual([]);
  });
});

describe('the second read of the card', () => {
  const full: Situation = { ...ALL, sourceVerify: 'full' };
  const fullPolicy: Policy = { ...POLICY, sourceVerify: 'full' };
  const once = enough().filter((draft) => draft.kind !== 'source-sample');

  it('is asked of every file when the policy says full', () => {
    expect(planOn(once, full, fullPolicy)).toEqual(['reread full']);
    expect(planOn([...once, read()], full, fullPolicy)).toEqual([]);
    expect(planOn([...once, sample()], full, fullPolicy)).toEqual(['reread full']);
    expect(planOn(once, { ...full, cardPresent: false }, fullPolicy)).toEqual([]);
  });

  it('comes after the copies and before the uploads', () => {
    expect(planOn([read(), readBack()], full, fullPolicy)).toEqual([
      'copy backup',
      'reread full',
      'upload b2',
    ]);
  });

  it('is not asked of a file that was read twice, whatever else it lacks', () => {
    const twice = [read(), read(), readBack(), backupReadBack()];
    expect(planOn(twice, full, fullPolicy)).toEqual(['upload b2']);
  });

  it('is not asked of single files when the policy says sample or none', () => {
    expect(planOn(once)).toEqual([]);
    expect(planOn(once, full)).toEqual([]);
    expect(planOn(once, ALL, fullPolicy)).toEqual([]);
  });

  it('is not asked of a file without bytes', () => {
    const empty = cardFile({ sizeBytes: 0 });
    const standing: FileStanding = {
      hash: GOOD,
      reread: false,
      copies: [],
      remotes: [],
      media: new Set(),
      offsite: new Set(),
      findings: [{ kind: 'source-not-reread' }],
      oldestAt: undefined,
    };
    const alone = { ...full, destinations: [], remotes: [] };
    expect(stepsFor(empty, standing, alone)).toEqual([]);
    expect(stepsFor(FILE, standing, alone)).toHaveLength(1);
  });
});

function filesUpTo(count: number): readonly CardFile[] {
  return Array.from({ length: count }, (_, i) => cardFile({ id: asFileId(i + 1) }));
}

function chosen(count: number, need: number): readonly number[] {
  return chooseSample(filesUpTo(count), need).map(({ id }) => id);
}

describe('a sample', () => {
  it('is spread evenly over the card', () => {
    expect(chosen(10, 1)).toEqual([5]);
    expect(chosen(10, 2)).toEqual([3, 8]);
    expect(chosen(10, 5)).toEqual([1, 3, 5, 7, 9]);
    expect(chosen(7, 3)).toEqual([2, 4, 6]);
    expect(chosen(1, 1)).toEqual([1]);
  });

  it('is empty when enough have been read already', () => {
    expect(chosen(10, 0)).toEqual([]);
    expect(chosen(10, -3)).toEqual([]);
    expect(chosen(0, 5)).toEqual([]);
  });

  it('has as many files as are needed, or all there are, each once', () => {
    const counts = [0, 1, 2, 3, 7, 10, 39];
    for (const count of counts) {
      for (const need of [...counts, 100]) {
        const ids = chosen(count, need);
        expect(ids).toHaveLength(Math.min(count, need));
        expect([...new Set(ids)].toSorted((a, b) => a - b)).toEqual(ids);
      }
    }
  });

  it('reads samples, not whole files', () => {
    const file = cardFile({ id: asFileId(1) });
    expect(sampleStep(file)).toEqual({ kind: 'reread-source', file, coverage: 'sample' });
  });
});
