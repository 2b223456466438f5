/** Every kind of witness that there is, made from plain options. */
import { assertNever } from '../core/assert-never.ts';
import type { Clock } from '../ports/clock.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { Witness } from '../ports/witness.ts';
import { type FolderWitnessOptions, makeFolderWitness } from './folder-witness.ts';
import type { S3WitnessOptions } from './s3/options.ts';
import { makeS3Witness } from './s3-witness.ts';

export type WitnessOptions =
  | ({ readonly kind: 's3' } & S3WitnessOptions)
  | ({ readonly kind: 'folder' } & FolderWitnessOptions);

export interface WitnessDeps {
  readonly hasher: Hasher;
  readonly clock: Clock;
}

/** The witness for a remote. Connects to nothing yet. */
export function makeWitness(options: WitnessOptions, deps: WitnessDeps): Witness {
  switch (options.kind) {
    case 's3':
      return makeS3Witness(options, deps);
    case 'folder':
      return makeFolderWitness(options, deps);
    default:
      return assertNever(options);
  }
}
