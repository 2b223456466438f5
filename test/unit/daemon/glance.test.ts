/** Looking for copies on drives that answer badly. */
import { describe, expect, it } from '@jest/globals';
import type { ReadyDestination } from '../../../src/core/destination.ts';
import { asDestinationId, asFileId, asMediumId } from '../../../src/core/ids.ts';
import { Glance } from '../../../src/daemon/glance.ts';
import type { HeldFile } from '../../../src/daemon/survey.ts';
import { systemClock } from '../../../src/platform/system-clock.ts';
import type { GlanceAnswer } from '../../../src/ports/destination.ts';
import { FakeDestinationProbe } from '../../fakes/fake-destination-probe.ts';

const drive = (name: string): ReadyDestination => ({
  state: 'ready',
  id: asDestinationId(name),
  path: `/drives/${name}`,
  mountPoint: `/drives/${name}`,
  mediumId: asMediumId(`disk-of-${name}`),
  fsType: 'ext4',
  deviceNumber: 1,
  freeBytes: 1e12,
  maxFileBytes: Number.POSITIVE_INFINITY,
});
const A = drive('working');
const B = drive('backup');

const held = (n: number): HeldFile => ({
  file: {
    id: asFileId(n),
    path: `F${n}.CR3`,
    placement: `F${n}.CR3`,
    sizeBytes: 5,
    mtimeMs: 0,
    role: 'media',
  },
  copies: [
    { destinationId: A.id, placedAt: `roll/F${n}.CR3` },
    { destinationId: B.id, placedAt: `roll/F${n}.CR3` },
  ],
});
const FILES = Array.from({ length: 10_000 }, (_, n) => held(n + 1));

class Probe extends FakeDestinationProbe {
  readonly asked: string[] = [];
  readonly #answerOf: (drive: string, place: string) => GlanceAnswer;
  readonly #isThere: (drive: string) => boolean;

  constructor(
    answerOf: (drive: string, place: string) => GlanceAnswer,
    isThere: (drive: string) => boolean = () => true,
  ) {
    super();
    this.#answerOf = answerOf;
    this.#isThere = isThere;
  }

  override async glances({ id }: ReadyDestination, placedAt: readonly string[]) {
    this.asked.push(id);
    return placedAt.map((place) => this.#answerOf(id, place));
  }

  override async stillThere({ id }: ReadyDestination) {
    return this.#isThere(id);
  }
}

async function glanceWith(probe: Probe) {
  const glance = new Glance({ destinations: probe, clock: systemClock }, [A, B]);
  for (let i = 0; i < FILES.length; i += 50) await glance.visit(FILES.slice(i, i + 50));
  const losses = await glance.losses();
  return { losses, unsure: [...glance.unsure].map(({ id }) => id) };
}

describe('a glance', () => {
  it('asks a drive that hangs a few times, not for each list', async () => {
    const probe = new Probe((id, place) => {
      if (id === B.id) throw new Error('no answer for minutes');
      return place.endsWith('F9999.CR3') ? 'missing' : 5;
    });
    const { losses, unsure } = await glanceWith(probe);
    expect(losses).toMatchObject([{ fileId: 9_999, destinationId: A.id, reason: 'missing' }]);
    expect(unsure).toEqual([B.id]);
    expect(probe.asked.filter((id) => id === A.id)).toHaveLength(20);
    expect(probe.asked.filter((id) => id === B.id).length).toBeLessThan(5);
  });

  it('knows of which drives it has no answer, and asks for the rest all the same', async () => {
    const probe = new Probe((id, place) => {
      if (id === B.id && place.endsWith('F2.CR3')) return 'unknown';
      return place.endsWith('F9999.CR3') ? 6 : 5;
    });
    const { losses, unsure } = await glanceWith(probe);
    expect(losses.map(({ kind, fileId }) => [kind, fileId])).toEqual([
      ['copy-lost', 9_999],
      ['copy-lost', 9_999],
    ]);
    expect(unsure).toEqual([B.id]);
  });

  it('takes no word of a drive that went away', async () => {
    const probe = new Probe(
      () => 'missing',
      (id) => id === A.id,
    );
    const { losses, unsure } = await glanceWith(probe);
    expect(new Set(losses.map((loss) => 'destinationId' in loss && loss.destinationId))).toEqual(
      new Set([A.id]),
    );
    expect(losses).toHaveLength(FILES.length);
    expect(unsure).toEqual([B.id]);
  });
});
