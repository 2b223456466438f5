/** Which remotes count, and at which grade. */
import { expect, test } from '@jest/globals';
import { parseConfig } from '../../../src/config/load.ts';
import { toPolicy } from '../../../src/config/to-policy.ts';
import { asDestinationId, asRemoteId } from '../../../src/core/ids.ts';
import { minimumGradeFor, STRICTEST } from '../../../src/core/policy.ts';
import { S3, TWO_DRIVES } from './support.ts';

const policyOf = (text: string) => toPolicy(parseConfig(`${TWO_DRIVES}${text}`));
const folder = (more: string) =>
  `[[remote]]\nname = "nas"\nkind = "folder"\npath = "/mnt/nas"\n${more}`;

test('who configures nothing gets the strictest', () => {
  const destinations = new Set(['working', 'backup'].map((name) => asDestinationId(name)));
  expect(policyOf('')).toEqual({ ...STRICTEST, destinations });
});

test.each([
  ['s3', S3, ['b2']],
  ['s3 in the same house', `${S3}offsite = false\n`, []],
  ['rclone', '[[remote]]\nname = "d"\nkind = "rclone"\nremote = "d:x"\n', ['d']],
  ['Backblaze Personal', '[[remote]]\nname = "bb"\nkind = "backblaze-personal"\n', ['bb']],
  ['a folder', folder(''), []],
  ['a folder that stands elsewhere', folder('offsite = true\n'), ['nas']],
])('%s counts as offsite: %#', (_what, text, offsite) => {
  expect([...policyOf(text).offsiteRemotes]).toEqual(offsite);
});

test("the grade of one remote is that remote's alone", () => {
  const policy = policyOf(`${S3}minimumGrade = "C"\n${folder('offsite = true\n')}`);
  expect(minimumGradeFor(policy, asRemoteId('b2'))).toBe('C');
  expect(minimumGradeFor(policy, asRemoteId('nas'))).toBe("B'");
});

test('numbers and times are taken over', () => {
  expect(
    policyOf(
      `${S3}[policy]\noffsite = 2\nminimumGrade = "A"\nmaxEvidenceAge = "7d"\nsourceVerify = "full"\n`,
    ),
  ).toMatchObject({
    copies: 2,
    offsite: 2,
    minimumGrade: 'A',
    maxEvidenceAgeMs: 604_800_000,
    sourceVerify: 'full',
  });
});
