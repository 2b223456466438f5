/** The fake witness keeps the contract, so that what is tested with it is worth something. */
import { EventEmitter, once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { asRemoteId } from '../../src/core/ids.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import { FakeRemoteStore } from '../fakes/fake-remote-store.ts';
import { FakeWitness } from '../fakes/fake-witness.ts';
import { witnessContract } from './witness-contract.ts';

witnessContract('the fake', { asking: 'B' }, async () => {
  const store = new FakeRemoteStore();
  return {
    witness: new FakeWitness(asRemoteId('fake'), await makeHasher(), store),
    plant: async (key, bytes) => store.keep(key, bytes),
    remove: async (key) => store.remove(key),
    keys: async () => [...store.objects.keys()],
    takePlace: async () => {
      store.bucketGone = true;
    },
    takeAway: async () => {
      store.offline = true;
    },
    dispose: async () => {},
  };
});

describe('faults of the fake store', () => {
  const { signal } = new AbortController();
  const request = { key: 'A', sizeBytes: 1, minimumGrade: 'B' } as const;

  test('a late store shows a new object after a few looks', async () => {
    const store = new FakeRemoteStore();
    store.lateBy = 2;
    const witness = new FakeWitness(asRemoteId('fake'), await makeHasher(), store);
    store.keep('A', Buffer.from('x'));
    const kinds = [];
    for (let n = 0; n < 3; n += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      kinds.push((await witness.look(request, signal)).kind);
    }
    expect(kinds).toEqual(['absent', 'absent', 'seen']);
  });

  test('a slow store keeps everybody waiting until it is let go', async () => {
    const store = new FakeRemoteStore();
    store.keep('A', Buffer.from('x'));
    const gate = new EventEmitter();
    const held = once(gate, 'open');
    store.beforeRequest = async () => {
      await held;
    };
    const witness = new FakeWitness(asRemoteId('fake'), await makeHasher(), store);
    let answered = false;
    const look = witness.look(request, signal).then((seen) => {
      answered = true;
      return seen;
    });
    await Promise.resolve();
    expect(answered).toBe(false);
    gate.emit('open');
    expect((await look).kind).toBe('seen');
  });

  test('a witness that only lists says so', async () => {
    const store = new FakeRemoteStore();
    store.keep('A', Buffer.from('x'));
    const witness = new FakeWitness(asRemoteId('fake'), await makeHasher(), store);
    witness.sight = 'listing';
    expect(await witness.look(request, signal)).toEqual({
      kind: 'seen',
      method: 'listed',
      sizeBytes: 1,
    });
  });
});
