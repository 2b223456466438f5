import { describe, expect, it } from '@jest/globals';
import {
  copiesNeeded,
  type Grade,
  meets,
  minimumGradeFor,
  offsiteNeeded,
  STRICTEST,
} from '../../src/core/policy.ts';
import { B2, DAY, NAS } from './facts.ts';

const BEST_FIRST: readonly Grade[] = ['A', 'B', "B'", 'C', 'D'];

describe('grades', () => {
  const pairs = BEST_FIRST.flatMap((grade, i) =>
    BEST_FIRST.map((minimum, j) => ({ grade, minimum, good: i <= j })),
  );

  it.each(pairs)('$grade meets $minimum: $good', ({ grade, minimum, good }) => {
    expect(meets(grade, minimum)).toBe(good);
  });

  it('that nobody knows meet nothing, and nothing meets them', () => {
    const unknown = 'A+' as Grade;
    expect(meets(unknown, 'D')).toBe(false);
    expect(meets('A', unknown)).toBe(false);
  });

  it('are lowered for one remote by name, never for the others', () => {
    const policy = { ...STRICTEST, loweredGrades: new Map<typeof B2, Grade>([[B2, 'C']]) };
    expect(minimumGradeFor(policy, B2)).toBe('C');
    expect(minimumGradeFor(policy, NAS)).toBe("B'");
    expect(minimumGradeFor(STRICTEST, B2)).toBe("B'");
  });
});

describe('the policy of a person who has configured nothing', () => {
  it('is the strict one', () => {
    expect(STRICTEST).toEqual({
      copies: 2,
      offsite: 1,
      minimumGrade: "B'",
      loweredGrades: new Map(),
      destinations: new Set(),
      offsiteRemotes: new Set(),
      movedAfter: new Map(),
      maxEvidenceAgeMs: 30 * DAY,
      sourceVerify: 'sample',
    });
  });
});

describe('how many are needed', () => {
  it.each([
    [2, 2],
    [3, 3],
    [1, 2],
    [0, 2],
    [-5, 2],
  ])('%d copies asked: %d needed, since one disk can die as a whole', (copies, needed) => {
    expect(copiesNeeded({ ...STRICTEST, copies })).toBe(needed);
  });

  it.each([
    [1, 1],
    [2, 2],
    [0, 1],
    [-5, 1],
  ])('%d offsite asked: %d needed, since one house can burn as a whole', (offsite, needed) => {
    expect(offsiteNeeded({ ...STRICTEST, offsite })).toBe(needed);
  });

  it('what is no number can never be reached', () => {
    expect(3 >= copiesNeeded({ ...STRICTEST, copies: Number.NaN })).toBe(false);
    expect(3 >= offsiteNeeded({ ...STRICTEST, offsite: Number.NaN })).toBe(false);
  });
});
