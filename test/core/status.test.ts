import { describe, expect, it } from '@jest/globals';
import { cardBlocker } from '../../src/core/blocker.ts';
import { asFileId, asRemoteId } from '../../src/core/ids.ts';
import type { Light } from '../../src/core/light.ts';
import { type CardFaceFacts, cardView, lightWord, type TimeText } from '../../src/core/status.ts';
import { conclude, startTally, type Verdict, withBlocker } from '../../src/core/verdict.ts';
import {
  absent,
  B2,
  CARD,
  cardFile,
  enough,
  inventoryOf,
  lost,
  NAS,
  NOW,
  pass,
  POLICY,
  read,
  sighting,
  unreadable,
} from './facts.ts';
import { card, verdictOn } from './judging.ts';

const FACTS: CardFaceFacts = {
  id: CARD,
  label: 'A003',
  rollFolder: '2026-08-30/A003_01234567',
  present: true,
};

function iso(ms: number): string {
  return `t${ms}`;
}

const TIMES: TimeText = { iso, timeOfDay: (ms) => (ms === NOW ? '22:14' : 'another time') };

function sentence(verdict: Verdict, more: { present?: boolean; eta?: number } = {}): string {
  const { present = true, eta } = more;
  return cardView({ ...FACTS, present }, verdict, TIMES, eta).sentence;
}

describe('the view of a card', () => {
  it('has everything that faces show, and nothing else', () => {
    expect(cardView(FACTS, verdictOn(enough()), TIMES)).toEqual({
      id: CARD,
      label: 'A003',
      roll: '2026-08-30/A003_01234567',
      present: true,
      verdict: 'safe-to-format',
      light: 'safe',
      sentence: 'A003: all 1 file on 2 drives and confirmed at b2 (checked 22:14).',
      blockers: [],
      files: { total: 1, bytes: 1000, onDrives: 1, offsite: 1 },
      inventoryAt: `t${NOW - 1000}`,
      judgedAt: `t${NOW}`,
      oldestEvidenceAt: `t${NOW - 1000}`,
    });
  });

  it('tells the reasons of a hold with what to do', () => {
    const view = cardView({ ...FACTS, present: false }, verdictOn(enough().slice(0, 4)), TIMES);
    expect(view).toMatchObject({
      present: false,
      verdict: 'hold',
      light: 'on-two-drives',
      files: { total: 1, bytes: 1000, onDrives: 1, offsite: 0 },
      oldestEvidenceAt: `t${NOW - 1000}`,
    });
    expect(view.blockers).toEqual([
      {
        kind: 'too-few-offsite',
        files: 1,
        sentence: '1 file is not yet confirmed offsite.',
        hint: expect.stringMatching(/^Nothing to do/),
      },
    ]);
  });

  it('has no oldest evidence where there is none', () => {
    expect(cardView(FACTS, verdictOn([read()]), TIMES).oldestEvidenceAt).toBeNull();
    expect(cardView(FACTS, verdictOn([], { files: [] }), TIMES).oldestEvidenceAt).toBeNull();
    // A tally without a file has none either, even where the evidence would be infinitely young.
    const endless = {
      ...verdictOn(enough()),
      oldestEvidenceAt: Number.POSITIVE_INFINITY,
    } as Verdict;
    expect(cardView(FACTS, endless, TIMES).oldestEvidenceAt).toBeNull();
    expect(
      cardView(FACTS, conclude(startTally(inventoryOf([]), POLICY, NOW)), TIMES),
    ).toMatchObject({
      verdict: 'nothing-to-protect',
      light: 'empty',
      blockers: [],
      oldestEvidenceAt: null,
    });
  });

  it('can be written down and read again without loss', () => {
    for (const drafts of [enough(), enough().slice(0, 4), [], [...enough(), unreadable()]]) {
      const view = cardView(FACTS, verdictOn(drafts), TIMES);
      expect(JSON.parse(JSON.stringify(view))).toEqual(view);
    }
  });
});

describe('the sentence', () => {
  const { files, drafts } = card(3);

  it('of a card that no single remote holds whole', () => {
    const verdict = verdictOn(drafts, { files });
    if (verdict.kind !== 'safe-to-format') throw new Error('not safe');
    expect(sentence({ ...verdict, confirmedAt: [] })).toContain('confirmed offsite (');
    const both = [asRemoteId('b2'), asRemoteId('nas')];
    expect(sentence({ ...verdict, confirmedAt: both })).toContain('confirmed at b2 and nas (');
  });

  it('of a safe card', () => {
    expect(sentence(verdictOn(drafts, { files }))).toBe(
      'A003: all 3 files on 2 drives and confirmed at b2 (checked 22:14).',
    );
  });

  it('of an empty card', () => {
    expect(sentence(verdictOn([], { files: [] }))).toBe('A003: nothing to protect on this card.');
  });

  it('while copying: how far, how long, and to leave the card in', () => {
    const some = drafts.filter((draft) => draft.fileId === 1);
    const verdict = verdictOn(some, { files });
    expect(sentence(verdict)).toBe('A003: 1 of 3 files on both drives. Leave the card in.');
    expect(sentence(verdict, { eta: 540 })).toBe(
      'A003: 1 of 3 files on both drives, 9 min left. Leave the card in.',
    );
  });

  it('while something is left to copy but the card is out: what is missing and what to do', () => {
    const some = drafts.filter((draft) => draft.fileId === 1);
    expect(sentence(verdictOn(some, { files }), { present: false, eta: 540 })).toBe(
      'A003: DO NOT FORMAT. 2 files are not copied yet. What to do: Leave the card in. If it is out, put it in again: the copy goes on where it stopped.',
    );
  });

  it('while offsite is left: that the card may be pulled but not formatted', () => {
    const some = drafts.filter((draft) => draft.fileId === 1 || draft.kind !== 'offsite-sighting');
    const verdict = verdictOn(some, { files });
    expect(sentence(verdict)).toBe(
      'A003: all files on two drives. You may pull the card. DO NOT FORMAT: 2 files not yet offsite.',
    );
    expect(sentence(verdict, { eta: 2400, present: false })).toBe(
      'A003: all files on two drives. You may pull the card. DO NOT FORMAT: 2 files not yet offsite, about 40 min.',
    );
  });

  it('when one of several remotes lost a file: which, not that nothing is missing', () => {
    const policy = { ...POLICY, offsiteRemotes: new Set([B2, NAS]) };
    const nas = [pass({ remoteId: NAS }), sighting({ remoteId: NAS }), absent({ remoteId: NAS })];
    expect(sentence(verdictOn([...enough(), ...nas], { policy }), { eta: 60 })).toBe(
      'A003: all files on two drives. You may pull the card. DO NOT FORMAT: 1 file is not to be found at "nas".',
    );
  });

  it('when a person is needed: the worst reason and what to do', () => {
    const bad = [...drafts, unreadable({ fileId: asFileId(2) })];
    expect(sentence(verdictOn(bad, { files }))).toMatch(
      /^A003: DO NOT FORMAT\. 1 file could not be read from the card \(DCIM\/100CANON\/IMG_2\.CR3\)\. What to do: Do not format and/,
    );
    // The first reason that a person can end, not the first reason.
    const both = verdictOn([...enough().slice(0, 4), lost()]);
    expect(sentence(both)).toMatch(/DO NOT FORMAT\. 1 file is no longer on drive "working"/);
    const more = withBlocker(both, cardBlocker('no-offsite-remote'));
    expect(sentence(more)).toMatch(/DO NOT FORMAT\. 1 file is no longer on drive "working"/);
  });

  it('of a card that nobody has listed', () => {
    const verdict = withBlocker(verdictOn([], { files: [] }), cardBlocker('never-scanned'));
    expect(sentence(verdict, { present: false })).toMatch(
      /^A003: DO NOT FORMAT\. Nobody has listed this card yet\. What to do: Put the card in/,
    );
  });

  it('groups digits', () => {
    const many = Array.from({ length: 1840 }, (_, i) =>
      cardFile({ id: asFileId(i + 1), path: `f${i}` }),
    );
    expect(sentence(verdictOn([], { files: many }))).toBe(
      'A003: 0 of 1,840 files on both drives. Leave the card in.',
    );
    expect(
      sentence(
        verdictOn([], {
          files: many,
          policy: { ...POLICY, offsiteRemotes: new Set([asRemoteId('x')]) },
        }),
      ),
    ).toContain('1,840');
  });
});

describe('the light’s word', () => {
  it.each<[Light, string]>([
    ['off', 'NO CARD'],
    ['copying', 'COPYING'],
    ['on-two-drives', 'ON TWO DRIVES'],
    ['safe', 'SAFE TO FORMAT'],
    ['do-not-format', 'DO NOT FORMAT'],
    ['empty', 'EMPTY'],
  ])('%s: %s', (light, word) => {
    expect(lightWord(light)).toBe(word);
  });
});
