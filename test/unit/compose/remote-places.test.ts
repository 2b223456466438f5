/** A remote is known by where it stands, not by its name. */
import { expect, test } from '@jest/globals';
import { policyAsNoted, policyAtPlaces } from '../../../src/compose/remote-places.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { toPolicy } from '../../../src/config/to-policy.ts';
import { asFileId, asRemoteId } from '../../../src/core/ids.ts';
import { cardWithFiles, sighting } from '../../contracts/ledger-samples.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { S3, TWO_DRIVES } from '../config/support.ts';

const B2 = asRemoteId('b2');

const configured = (text: string) => parseConfig(`${TWO_DRIVES}${text}`);

async function seen(): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  const { ids } = await cardWithFiles(ledger, 1);
  const { remotes, ...config } = configured(S3);
  await policyAtPlaces(toPolicy({ ...config, remotes }), remotes, ledger);
  await ledger.append([sighting(ids[0] ?? asFileId(9))]);
  return ledger;
}

const lastSeq = (ledger: MemoryLedger): number => ledger.store.evidence.at(-1)?.seq ?? 0;

test('one that stays where it is keeps what was seen there, whatever else changes', async () => {
  const ledger = await seen();
  const config = configured(`${S3}bandwidth = "1MB/s"\nminimumGrade = "A"\n`);
  const policy = await policyAtPlaces(toPolicy(config), config.remotes, ledger);
  expect(policy.movedAfter.get(B2)).toBe(0);
});

test.each([
  ['another bucket', S3.replace(/bucket = "[^"]*"/, 'bucket = "another"')],
  ['another folder in it', `${S3}prefix = "elsewhere/"\n`],
  ['another store', S3.replace('s3.example.com', 's3.example.org')],
  ['a folder', '[[remote]]\nname = "b2"\nkind = "folder"\npath = "/mnt/nas"\noffsite = true\n'],
])('one that was pointed at %s begins anew, for who only asks at once', async (_what, text) => {
  const ledger = await seen();
  const config = configured(text);
  const asked = await policyAsNoted(toPolicy(config), config.remotes, ledger);
  expect(asked.movedAfter.get(B2)).toBe(Number.POSITIVE_INFINITY);
  const started = await policyAtPlaces(toPolicy(config), config.remotes, ledger);
  expect(started.movedAfter.get(B2)).toBe(lastSeq(ledger));
  const later = await policyAsNoted(toPolicy(config), config.remotes, ledger);
  expect(later.movedAfter.get(B2)).toBe(lastSeq(ledger));
});

test('one that nobody noted yet takes nothing away', async () => {
  const config = configured(S3);
  const none = await policyAsNoted(toPolicy(config), config.remotes, new MemoryLedger());
  expect(none.movedAfter.size).toBe(0);
});
