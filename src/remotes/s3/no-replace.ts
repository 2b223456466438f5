/** Making an object visible without replacing what stands there already. */
import type { PutControl } from '../../ports/remote.ts';
import { isRefusal, type Place, type Store, unless } from './store.ts';

/** What was learned about the store while it was used. */
export interface Conditions {
  /** Whether it knows `If-None-Match`; true until it says otherwise. */
  ifNoneMatch: boolean;
}

interface Target {
  readonly store: Store;
  readonly conditions: Conditions;
}

interface Attempt {
  readonly place: Place;
  readonly control: PutControl;
  /** Look before, whatever the store is thought to know: radosgw ignores the condition at the end of an upload. */
  readonly askFirst?: boolean;
}

/**
 * Runs the request that makes the object visible. When something stands there already, nothing is sent or the
 * store refuses, and that is no error: a witness will tell what it is. Where the store does not know conditional
 * requests it is asked first; between question and request a small gap remains there.
 */
export async function notThereYet(
  target: Target,
  { place, control, askFirst = false }: Attempt,
  request: (condition: { readonly IfNoneMatch?: '*' }) => Promise<unknown>,
): Promise<'sent' | 'stands'> {
  const { store, conditions } = target;
  if (control.replaceOwn) {
    await request({});
    return 'sent';
  }
  if (askFirst && (await stands(store, place, control.signal))) return 'stands';
  if (conditions.ifNoneMatch) {
    try {
      const answer = await unless([412], request({ IfNoneMatch: '*' }));
      return answer === undefined ? 'stands' : 'sent';
    } catch (error) {
      if (!isRefusal(error, [501])) throw error;
      conditions.ifNoneMatch = false;
    }
  }
  if (!askFirst && (await stands(store, place, control.signal))) return 'stands';
  await request({});
  return 'sent';
}

/** Whether anything has that name now. */
export async function stands(store: Store, place: Place, signal: AbortSignal): Promise<boolean> {
  const head = await store.ask(signal, ({ client, sdk }) =>
    unless([404], client.send(new sdk.HeadObjectCommand(place), { abortSignal: signal })),
  );
  return head !== undefined;
}
