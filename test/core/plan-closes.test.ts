/** Carrying out the plan leads to "safe", from wherever one starts; and it is empty only when nothing can be done. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Evidence, EvidenceDraft } from '../../src/core/evidence.ts';
import { asFileId, type ContentHash, type DestinationId } from '../../src/core/ids.ts';
import type { CardFile } from '../../src/core/inventory.ts';
import {
  chooseSample,
  sampleStep,
  type Situation,
  type Step,
  stepsFor,
} from '../../src/core/plan.ts';
import type { Policy } from '../../src/core/policy.ts';
import {
  addFile,
  conclude,
  requiredRereads,
  startTally,
  type Verdict,
} from '../../src/core/verdict.ts';
import {
  absent,
  B2,
  BACKUP,
  BAD,
  backupReadBack,
  cardFile,
  DISK_1,
  DISK_2,
  DISK_3,
  enough,
  GOOD,
  inOrder,
  inventoryOf,
  lost,
  NAS,
  NOW,
  pass,
  POLICY,
  read,
  readBack,
  sample,
  SHA,
  sighting,
  THIRD,
  unequalSample,
  unreadable,
  WORKING,
} from './facts.ts';

const FILES: readonly CardFile[] = [1, 2, 3].map((n) =>
  cardFile({ id: asFileId(n), path: `DCIM/100CANON/IMG_000${n}.CR3` }),
);
const RIGHT = { algorithm: 'sha256', value: SHA } as const;
/** The digest of other bytes than the card's. */
const WRONG = { algorithm: 'sha256', value: '00' } as const;
const MEDIA = new Map([
  [WORKING, DISK_1],
  [BACKUP, DISK_2],
  [THIRD, DISK_3],
]);

/** One look at the whole card: the verdict, and the plan as the service makes it. */
function round(
  evidence: readonly Evidence[],
  situation: Situation,
  policy: Policy,
): { readonly verdict: Verdict; readonly moves: readonly Move[]; readonly plan: readonly Step[] } {
  const tally = startTally(inventoryOf(FILES), policy, NOW);
  const moves: Move[] = [];
  const unsampled: CardFile[] = [];
  for (const file of FILES) {
    const own = evidence.filter((item) => item.fileId === file.id);
    const standing = addFile(tally, file, own);
    const { hash = GOOD } = standing;
    moves.push(...stepsFor(file, standing, situation).map((step) => ({ step, hash })));
    if (standing.hash !== undefined && !standing.reread) unsampled.push(file);
  }
  if (situation.cardPresent) {
    const samples = chooseSample(unsampled, requiredRereads(tally) - tally.reread);
    moves.push(...samples.map((file) => ({ step: sampleStep(file), hash: GOOD })));
  }
  return { verdict: conclude(tally), moves, plan: moves.map((move) => move.step) };
}

/** A step, and the bytes that the file's good copies have. */
interface Move {
  readonly step: Step;
  readonly hash: ContentHash;
}

/** What a step leaves on record when everything goes well: from now on the card always gives the same bytes. */
function carriedOut({ step, hash }: Move, evidence: readonly Evidence[]): readonly EvidenceDraft[] {
  const about = { fileId: step.file.id, at: NOW };
  const copyOn = (destinationId: DestinationId): EvidenceDraft =>
    readBack({ ...about, hash, destinationId, mediumId: MEDIA.get(destinationId) ?? DISK_3 });
  switch (step.kind) {
    case 'copy':
      // Other bytes than those expected are never placed.
      return [read(about), ...(hash === GOOD ? step.to.map((id) => copyOn(id)) : [])];
    case 'catch-up':
      return step.to.map((id) => copyOn(id));
    case 'read-back':
      return [copyOn(step.destinationId)];
    case 'reread-source':
      return [step.coverage === 'full' ? read(about) : sample(about)];
    case 'upload': {
      const digests = hash === GOOD ? [RIGHT] : [WRONG];
      return [pass({ ...about, hash, remoteId: step.remoteId, digests })];
    }
    case 'look': {
      // The witness sees what was sent last.
      const sent = evidence.findLast(
        (item) =>
          item.kind === 'upload-pass' &&
          item.fileId === step.file.id &&
          item.remoteId === step.remoteId,
      );
      const wrong = sent?.kind === 'upload-pass' && sent.hash !== GOOD;
      return [sighting({ ...about, remoteId: step.remoteId, digest: wrong ? WRONG : RIGHT })];
    }
    default:
      return step satisfies never;
  }
}

function afterwards(evidence: readonly Evidence[], moves: readonly Move[]): readonly Evidence[] {
  const drafts = moves.flatMap((move) => carriedOut(move, evidence));
  return [...evidence, ...inOrder(drafts, evidence.length + 1)];
}

/** Plans and carries out until nothing is left to do. */
function workedThrough(
  start: readonly EvidenceDraft[],
  situation: Situation,
  policy: Policy,
): { readonly verdict: Verdict; readonly rounds: number } {
  let evidence = inOrder(start);
  for (let rounds = 0; rounds < 10; rounds += 1) {
    const { verdict, moves } = round(evidence, situation, policy);
    if (moves.length === 0) return { verdict, rounds };
    evidence = afterwards(evidence, moves);
  }
  throw new Error('the plan never became empty');
}

/** Names of steps; without whole second reads, of which a doubtful source needs two. */
function namesOf(plan: readonly Step[]): readonly string[] {
  return plan.flatMap((step) => {
    switch (step.kind) {
      case 'reread-source':
        return [];
      case 'upload':
      case 'look':
        return [`${step.kind} ${step.file.id} ${step.remoteId}`];
      case 'read-back':
        return [`${step.kind} ${step.file.id} ${step.destinationId}`];
      case 'copy':
      case 'catch-up':
        return step.to.map((id) => `${step.kind} ${step.file.id} ${id}`);
      default:
        return step satisfies never;
    }
  });
}

/** Whether a step needs nothing but what is at hand. */
function isPossible(step: Step, situation: Situation): boolean {
  const { destinations } = situation;
  switch (step.kind) {
    case 'copy':
      return (
        situation.cardPresent &&
        step.to.length > 0 &&
        step.to.every((id) => destinations.includes(id))
      );
    case 'reread-source':
      return situation.cardPresent;
    case 'catch-up':
      return step.to.length > 0 && [step.from, ...step.to].every((id) => destinations.includes(id));
    case 'read-back':
      return destinations.includes(step.destinationId);
    case 'upload':
    case 'look':
      return situation.remotes.includes(step.remoteId);
    default:
      return step satisfies never;
  }
}

/** Things that happen. Nothing is looked at before it was sent, so a look comes with its pass. */
const anything = fc.constantFrom<readonly EvidenceDraft[]>(
  ...enough()
    .slice(0, 5)
    .map((draft) => [draft]),
  [pass(), sighting()],
  [pass({ hash: BAD, digests: [WRONG] }), sighting({ digest: WRONG })],
  [read({ hash: BAD })],
  [read({ sizeBytes: 1 })],
  [unequalSample()],
  [unreadable()],
  [readBack({ hash: BAD })],
  [readBack({ proof: 'cached' })],
  [readBack({ at: 0 })],
  [readBack({ at: NOW + 1 })],
  [backupReadBack({ at: 0 })],
  [lost()],
  [lost({ destinationId: BACKUP })],
  [pass({ remoteId: NAS })],
  [absent()],
  [absent({ remoteId: NAS })],
  [pass(), sighting({ sizeBytes: 1 })],
  [pass(), sighting({ at: 0 })],
  [pass(), sighting({ at: NOW + 1 })],
);
/** Any past of the three files, good and bad. */
const past = fc
  .array(fc.tuple(anything, fc.constantFrom(1, 2, 3)), { maxLength: 40 })
  .map((events) =>
    events.flatMap(([drafts, n]) => drafts.map((draft) => ({ ...draft, fileId: asFileId(n) }))),
  );
const verify = fc.constantFrom<Policy['sourceVerify']>('none', 'sample', 'full');
const places = fc.constantFrom([WORKING, BACKUP], [WORKING, BACKUP, THIRD]);

describe('carrying out the plan', () => {
  it('leads to safe and to an empty plan, whatever had happened before', () => {
    fc.assert(
      fc.property(past, verify, places, (start, sourceVerify, destinations) => {
        const policy: Policy = { ...POLICY, sourceVerify, offsiteRemotes: new Set([B2, NAS]) };
        const remotes = [B2, NAS];
        const { verdict, rounds } = workedThrough(
          start,
          { cardPresent: true, destinations, remotes, sourceVerify },
          policy,
        );
        expect(verdict.kind).toBe('safe-to-format');
        expect(rounds).toBeLessThanOrEqual(6);
      }),
    );
  });

  it('takes three rounds from nothing: copy, then sample and send, then look', () => {
    const situation: Situation = {
      cardPresent: true,
      destinations: [WORKING, BACKUP],
      remotes: [B2],
      sourceVerify: 'sample',
    };
    expect(workedThrough([], situation, POLICY)).toMatchObject({ rounds: 3 });
  });

  it('with the card out finishes what was read, and leaves the rest on hold', () => {
    fc.assert(
      fc.property(past, (start) => {
        const situation: Situation = {
          cardPresent: false,
          destinations: [WORKING, BACKUP],
          remotes: [B2],
          sourceVerify: 'none',
        };
        const policy: Policy = { ...POLICY, sourceVerify: 'none' };
        const { verdict } = workedThrough(start, situation, policy);
        const left = verdict.kind === 'hold' ? verdict.blockers.map((b) => b.kind) : [];
        // Only what needs the card can be left: an unknown source, or no good copy to catch up from.
        const needsCard = [
          'not-read',
          'source-unreadable',
          'source-unstable',
          'too-few-copies',
          'copy-lost',
          'copy-mismatch',
          'too-few-offsite',
          'offsite-absent',
          'offsite-mismatch',
        ];
        expect(needsCard).toEqual(expect.arrayContaining([...left]));
      }),
    );
  });

  it('never does anything twice: what is proven is in no later plan', () => {
    fc.assert(
      fc.property(past, (start) => {
        const situation: Situation = {
          cardPresent: true,
          destinations: [WORKING, BACKUP],
          remotes: [B2],
          sourceVerify: 'sample',
        };
        const evidence = inOrder(start);
        const { moves, plan: first } = round(evidence, situation, POLICY);
        const second = round(afterwards(evidence, moves), situation, POLICY).plan;
        const done = namesOf(first);
        expect(namesOf(second).filter((name) => done.includes(name))).toEqual([]);
      }),
    );
  });
});

describe('an empty plan', () => {
  const situations = fc.record({
    cardPresent: fc.boolean(),
    destinations: fc.subarray([WORKING, BACKUP]),
    remotes: fc.subarray([B2]),
    sourceVerify: fc.constantFrom<Policy['sourceVerify']>('none', 'sample', 'full'),
  });

  it('means that nothing can be done: with everything at hand it means safe', () => {
    fc.assert(
      fc.property(past, verify, (start, sourceVerify) => {
        const policy: Policy = { ...POLICY, sourceVerify };
        const everything: Situation = {
          cardPresent: true,
          destinations: [WORKING, BACKUP],
          remotes: [B2],
          sourceVerify,
        };
        const { verdict, plan } = round(inOrder(start), everything, policy);
        expect(verdict.kind === 'safe-to-format' || plan.length > 0).toBe(true);
      }),
    );
  });

  it('is all there is without card, drives and remotes', () => {
    fc.assert(
      fc.property(past, verify, (start, sourceVerify) => {
        const nothing: Situation = {
          cardPresent: false,
          destinations: [],
          remotes: [],
          sourceVerify,
        };
        expect(round(inOrder(start), nothing, { ...POLICY, sourceVerify }).plan).toEqual([]);
      }),
    );
  });

  it('uses only what is at hand', () => {
    fc.assert(
      fc.property(past, situations, (start, situation) => {
        const policy: Policy = { ...POLICY, sourceVerify: situation.sourceVerify };
        const { plan } = round(inOrder(start), situation, policy);
        expect(plan.filter((step) => !isPossible(step, situation))).toEqual([]);
      }),
    );
  });
});
