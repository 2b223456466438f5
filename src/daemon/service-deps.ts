/** What the service is made of; `main.ts` fills it with real parts, tests with fakes. */
import type { FileRole, Scan } from '../core/inventory.ts';
import type { Policy } from '../core/policy.ts';
import type { Logger } from '../platform/logger.ts';
import type { CardReader } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import type { Copier } from '../ports/copier.ts';
import type { ConfiguredDestination, DestinationProbe } from '../ports/destination.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Mounter } from '../ports/mounter.ts';
import type { PreviewMaker } from '../ports/preview-maker.ts';
import type { Remote } from '../ports/remote.ts';
import type { Signal } from '../ports/signal.ts';
import type { Insertion, VolumeSource } from '../ports/volume-source.ts';
import type { Witness } from '../ports/witness.ts';

/** A remote and the witness that looks at it; they share nothing but the name. */
export interface OffsitePair {
  readonly remote: Remote;
  readonly witness: Witness;
}

export interface ServiceSettings {
  readonly destinations: readonly ConfiguredDestination[];
  /** `[cards] folder`, e.g. `{date}/{label}_{card}`. */
  readonly folderTemplate: string;
  /** Where contact sheets go. */
  readonly previewFolder: string;
  readonly policy: Policy;
  /** `[cards] eject`: when a card that was mounted here is unmounted by itself. */
  readonly eject: 'never' | 'when-copied' | 'when-safe';
}

export interface ServiceDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly ledger: Ledger;
  readonly volumes: VolumeSource;
  readonly mounter: Mounter;
  readonly reader: CardReader;
  readonly destinations: DestinationProbe;
  readonly copier: Copier;
  readonly offsite: readonly OffsitePair[];
  readonly signal: Signal;
  readonly previews: PreviewMaker;
  readonly settings: ServiceSettings;
  /** Whether what is in may be taken for a card without anybody asking for it. */
  readonly isCard: (scan: Scan, insertion: Insertion) => boolean;
  readonly roleOf: (path: string) => FileRole;
}
