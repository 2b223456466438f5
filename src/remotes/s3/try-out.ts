/** Tries an S3 remote for real: a small object is put and deleted. */
import type { TrialReport } from '../../ports/remote.ts';
import { RemoteError } from '../remote-error.ts';
import { base64Of, md5Of } from './digests.ts';
import type { Store } from './store.ts';

type Finding = TrialReport['findings'][number];

/** Whether it takes objects decides; that it does not let us delete or list is only said. */
export async function tryStore(store: Store, signal: AbortSignal): Promise<TrialReport> {
  const bytes = Buffer.from('safelight tries whether it may put and delete here');
  const place = store.at(`.safelight-probe/${store.id}-put`);
  const put = await attempt(signal, `${store.id} takes objects.`, () =>
    store.ask(signal, ({ client, sdk }) =>
      client.send(
        new sdk.PutObjectCommand({ ...place, Body: bytes, ContentMD5: base64Of(md5Of(bytes)) }),
        { abortSignal: signal },
      ),
    ),
  );
  if (!put.ok) return { ok: false, findings: [put] };
  const removed = await attempt(signal, `${store.id} lets its probe be deleted.`, () =>
    store.ask(signal, ({ client, sdk }) =>
      client.send(new sdk.DeleteObjectCommand(place), { abortSignal: signal }),
    ),
  );
  const listed = await attempt(signal, `${store.id} lists unfinished uploads.`, () =>
    store.ask(signal, ({ client, sdk }) =>
      client.send(new sdk.ListMultipartUploadsCommand({ Bucket: store.bucket, MaxUploads: 1 }), {
        abortSignal: signal,
      }),
    ),
  );
  return {
    ok: true,
    findings: [
      put,
      bearable(removed, 'A small probe object stays there; everything works without this right.'),
      bearable(listed, 'Parts of broken uploads stay there: let the bucket expire them.'),
    ],
  };
}

function bearable({ ok, sentence }: Finding, hint: string): Finding {
  return ok ? { ok, sentence } : { ok: true, sentence, hint };
}

async function attempt(
  signal: AbortSignal,
  sentence: string,
  work: () => Promise<unknown>,
): Promise<Finding> {
  try {
    await work();
    return { ok: true, sentence };
  } catch (error) {
    if (signal.aborted || !(error instanceof RemoteError)) throw error;
    return { ok: false, sentence: error.message, hint: error.hint };
  }
}
