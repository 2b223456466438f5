import { describe, expect, it } from '@jest/globals';
import { blockerOf, type FindingCount } from '../../src/core/blocker.ts';
import { explain, NO_TROUBLES, type Troubles } from '../../src/core/explain.ts';
import type { FindingKind } from '../../src/core/finding.ts';
import { withBlocker } from '../../src/core/verdict.ts';
import { BACKUP, BAD, enough, lost, NOW, readBack, sighting, unreadable } from './facts.ts';
import { FILE, reasons, verdictOn } from './judging.ts';

const DRIVE = { place: 'backup', sentence: 'The drive is full.', hint: 'Make room.' };
const DRIVE_2 = { place: 'working', sentence: 'The drive is gone.', hint: 'Connect it.' };
const STORE = { place: 'b2', sentence: 'The bucket is gone.', hint: 'Make it again.' };
const STORE_2 = { place: 'nas', sentence: 'It does not answer.', hint: 'Switch it on.' };
const TROUBLES: Troubles = { destinations: [DRIVE, DRIVE_2], remotes: [STORE, STORE_2] };

function held(kind: FindingKind) {
  const count: FindingCount = { finding: { kind }, files: 1, examples: ['x'] };
  const safe = verdictOn(enough());
  return withBlocker(safe, blockerOf(count));
}

describe('troubles', () => {
  it('explain a hold, in order, before its own reasons', () => {
    const verdict = verdictOn(enough().slice(0, 3));
    expect(reasons(verdict)).toEqual(['too-few-copies', 'too-few-offsite']);
    const explained = explain(verdict, TROUBLES);
    expect(explained).toMatchObject({
      kind: 'hold',
      blockers: [
        { kind: 'destination-trouble', ...DRIVE },
        { kind: 'destination-trouble', ...DRIVE_2 },
        { kind: 'remote-trouble', ...STORE },
        { kind: 'remote-trouble', ...STORE_2 },
        { kind: 'too-few-copies' },
        { kind: 'too-few-offsite' },
      ],
    });
    expect(explained).toHaveProperty('oldestEvidenceAt', NOW - 1000);
  });

  it('never make or end a hold', () => {
    const safe = verdictOn(enough());
    expect(explain(safe, TROUBLES)).toBe(safe);
    const nothing = verdictOn([], { files: [{ ...FILE, role: 'management' }] });
    expect(explain(nothing, TROUBLES)).toBe(nothing);
    const verdict = verdictOn(enough().slice(0, 3));
    expect(explain(verdict, NO_TROUBLES)).toEqual(verdict);
  });

  it.each<[FindingKind, readonly string[]]>([
    ['not-read', ['destination-trouble', 'destination-trouble']],
    ['too-few-copies', ['destination-trouble', 'destination-trouble']],
    ['copy-lost', ['destination-trouble', 'destination-trouble']],
    ['copy-mismatch', ['destination-trouble', 'destination-trouble']],
    ['copy-evidence-old', ['destination-trouble', 'destination-trouble']],
    ['too-few-offsite', ['remote-trouble', 'remote-trouble']],
    ['offsite-absent', ['remote-trouble', 'remote-trouble']],
    ['offsite-mismatch', ['remote-trouble', 'remote-trouble']],
    ['offsite-evidence-old', ['remote-trouble', 'remote-trouble']],
    ['source-unreadable', []],
    ['source-unstable', []],
    ['source-not-reread', []],
    ['offsite-grade-low', []],
  ])('%s is explained by %j', (kind, added) => {
    expect(reasons(explain(held(kind), TROUBLES))).toEqual([...added, kind]);
  });

  it('of drives are no explanation where only offsite is lacking, and the other way round', () => {
    const offsite = verdictOn(enough().slice(0, 5));
    expect(reasons(explain(offsite, TROUBLES))).toEqual([
      'remote-trouble',
      'remote-trouble',
      'too-few-offsite',
    ]);
    const copies = verdictOn([...enough(), lost({ destinationId: BACKUP })]);
    expect(reasons(explain(copies, TROUBLES))).toEqual([
      'destination-trouble',
      'destination-trouble',
      'copy-lost',
      'too-few-copies',
    ]);
    const bad = verdictOn([...enough(), readBack({ hash: BAD }), sighting({ sizeBytes: 1 })]);
    expect(reasons(explain(bad, TROUBLES)).slice(0, 4)).toEqual([
      'destination-trouble',
      'destination-trouble',
      'remote-trouble',
      'remote-trouble',
    ]);
    const source = verdictOn([...enough(), unreadable()]);
    expect(explain(source, TROUBLES)).toEqual(source);
  });
});
