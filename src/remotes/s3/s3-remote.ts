/** An S3 bucket as a remote: small files in one request, large ones in parts that can be resumed. */
import type { Remote } from '../../ports/remote.ts';
import { asRemoteError } from './s3-trouble.ts';
import { Buffers } from './buffers.ts';
import { makeProfileProbe } from './checksums.ts';
import { sendInParts } from './multipart-put.ts';
import type { S3RemoteDeps, S3RemoteOptions } from './options.ts';
import { SINGLE_PUT_MAX_BYTES } from './part-plan.ts';
import { objectHeaders, type Sending } from './sending.ts';
import { sendWhole } from './single-put.ts';
import { openStore } from './store.ts';
import { endStaleUploads } from './sweep.ts';
import { tryStore } from './try-out.ts';

/**
 * Connects to nothing until first used. May serve many uploads at once: files above 512 KiB take turns at two
 * buffers of 16 MiB, whatever their size and number. Retrying is a wrapper of its own.
 */
export function makeS3Remote(options: S3RemoteOptions, deps: S3RemoteDeps): Remote {
  const { hasher, clock, limiter } = deps;
  const store = openStore(options);
  const profileOf = makeProfileProbe(store, options, hasher);
  const conditions = { ifNoneMatch: true };
  const buffers = new Buffers();
  const headersFor = objectHeaders(options.storageClass);
  return {
    id: options.id,
    kind: 's3',
    async put(object, control) {
      try {
        const profile = await profileOf(control.signal);
        const sending: Sending = {
          store,
          hasher,
          clock,
          limiter,
          profile,
          conditions,
          buffers,
          headersFor,
        };
        const send = object.sizeBytes <= SINGLE_PUT_MAX_BYTES ? sendWhole : sendInParts;
        await send(sending, object, control);
      } catch (error) {
        // A wait that is not a request (the bandwidth limit) throws the signal's own reason.
        throw control.signal.aborted ? asRemoteError(error, options.id, control.signal) : error;
      }
    },
    sweep: (known, olderThanMs, signal) =>
      endStaleUploads(store, known, clock.now() - olderThanMs, signal),
    tryOut: (signal) => tryStore(store, signal),
  };
}
