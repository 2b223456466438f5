/** The fake remote keeps the contract, so that what is tested with it is worth something. */
import { describe, expect, test } from '@jest/globals';
import { asRemoteId } from '../../src/core/ids.ts';
import { makeHasher } from '../../src/platform/xxhash.ts';
import { FakeRemote } from '../fakes/fake-remote.ts';
import { Control, codeOf, makeFiles, remoteContract } from './remote-contract.ts';

remoteContract('the fake', async () => {
  const remote = new FakeRemote(asRemoteId('fake'), await makeHasher());
  const { store } = remote;
  return {
    remote,
    stored: async (key) => store.objects.get(key)?.bytes,
    plant: async (key, bytes) => store.keep(key, bytes),
    keys: async () => [...store.objects.keys()],
    takeAway: async () => {
      store.offline = true;
    },
    dispose: async () => {},
  };
});

describe('faults of the fake remote', () => {
  test.each([
    ['lie', 'sent', 'nothing'],
    ['flip', 'sent', 'other bytes'],
    ['refuse-damaged', 'damaged', 'nothing'],
    ['cut', 'unreachable', 'the bytes'],
    ['cut-early', 'unreachable', 'nothing'],
    ['busy', 'busy', 'nothing'],
  ] as const)('%s: put says %s, the store has %s', async (fault, says, has) => {
    const files = await makeFiles();
    const remote = new FakeRemote(asRemoteId('fake'), files.hasher);
    remote.store.putFaults.push(fault);
    const object = await files.make('A', 1_000);
    const put = remote.put(object, new Control());
    expect(says === 'sent' ? await put.then(() => 'sent') : await codeOf(put)).toBe(says);
    const bytes = remote.store.objects.get('A')?.bytes;
    const found = bytes === undefined ? undefined : files.hasher.of(bytes);
    expect(found === object.hash).toBe(has === 'the bytes');
    expect(found === undefined).toBe(has === 'nothing');
    await files.dispose();
  });
});
