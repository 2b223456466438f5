/** Looks at the configured destinations: each on a drive of its own, mounted, writable, not a card. */
import { randomUUID } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DestinationLook,
  distinctMedia,
  type ReadyDestination,
  type TroubledDestination,
} from '../core/destination.ts';
import type { DestinationId } from '../core/ids.ts';
import { fsyncFolder } from '../platform/durable-fs.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  ConfiguredDestination,
  DestinationProbe,
  GlanceAnswer,
} from '../ports/destination.ts';
import { MARKER_NAME, markerText, readMarker } from './destination-marker.ts';
import { DestinationMemory } from './destination-memory.ts';
import { type Survey, type SurveyContext, surveyDestination } from './destination-survey.ts';
import {
  failedCall,
  FULL_BELOW_BYTES,
  fullDrive,
  noAnswer,
  readOnlyMount,
  sharedDisk,
} from './destination-trouble.ts';
import { neighbourWarnings, spaceWarnings } from './destination-warning.ts';
import { errnoOf } from './errno.ts';
import { LookLane } from './look-lane.ts';
import type { LookedAt } from './looks.ts';
import { within } from './or-abort.ts';
import { type PlaceFinder, shareDisk } from './place.ts';
import { platformParts } from './platform-parts.ts';
import { freeBytesAt, listDrives } from './portable-drives.ts';
import { tryWriting } from './write-trial.ts';

export interface DestinationProbeOptions {
  /** Where the record of destinations is kept. */
  readonly stateDir: string;
  readonly clock: Clock;
  /** For a demonstration only: folders on the system disk, in memory or on layered filesystems may be used. */
  readonly allowSystemDisk?: boolean;
  /** The system's own is taken when it is not given. */
  readonly places?: PlaceFinder;
  /** Free bytes at a mount point by another way than statfs, where there is one; node-disk-info when not given. */
  readonly freeSpaceOpinion?: (mountPoint: string) => Promise<number | undefined>;
}

/** A drive that gives no answer for this long is in trouble. */
const PATIENCE_MS = 15_000;
const STILL_THERE_PATIENCE_MS = 5_000;
/** Between glances: a disk that slept may take a while for the first, but none takes for ever. */
const GLANCE_PATIENCE_MS = 120_000;
/** Writing wakes sleeping drives, so a trial that went well is good for a while; the mount's own state is asked each time. */
const TRIAL_GOOD_FOR_MS = 10 * 60_000;

export function makeDestinationProbe(options: DestinationProbeOptions): DestinationProbe {
  const places = options.places ?? platformParts(process.platform, { loopDevices: false }).places;
  return new LocalDestinationProbe(options, places);
}

interface Trial {
  readonly deviceNumber: number;
  readonly sequence: string;
  readonly at: number;
  readonly warnings: readonly string[];
}

class LocalDestinationProbe implements DestinationProbe {
  readonly #clock: Clock;
  readonly #places: PlaceFinder;
  readonly #memory: DestinationMemory;
  readonly #allowSystemDisk: boolean;
  readonly #freeSpaceOpinion: (mountPoint: string) => Promise<number | undefined>;
  readonly #trials = new Map<DestinationId, Trial>();
  readonly #surveys = new Map<DestinationId, Survey>();
  /** For glances; one each, so that a drive that hangs holds up no other. */
  readonly #lanes = new Map<DestinationId, LookLane>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DestinationProbeOptions, places: PlaceFinder) {
    this.#clock = options.clock;
    this.#places = places;
    this.#memory = new DestinationMemory(options.stateDir);
    this.#allowSystemDisk = options.allowSystemDisk ?? false;
    this.#freeSpaceOpinion = options.freeSpaceOpinion ?? askForFreeSpace;
  }

  /** One call after the other: a marker is made once. */
  async lookAll(
    destinations: readonly ConfiguredDestination[],
    cardMedia: SurveyContext['cardMedia'],
    { readOnly }: { readonly readOnly: boolean } = { readOnly: false },
  ): Promise<readonly DestinationLook[]> {
    const mine = this.#turn.then(() => this.#lookAll(destinations, cardMedia, readOnly));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #lookAll(
    destinations: readonly ConfiguredDestination[],
    cardMedia: SurveyContext['cardMedia'],
    lookOnly: boolean,
  ): Promise<readonly DestinationLook[]> {
    const systemDisks = await this.#places.systemDisks().catch(() => new Set<string>());
    const context: SurveyContext = {
      places: this.#places,
      memory: this.#memory,
      allowSystemDisk: this.#allowSystemDisk,
      systemDisks,
      cardMedia,
      mayMake: !lookOnly,
    };
    const surveys = await Promise.all(
      destinations.map((one) =>
        within(surveyDestination(one, context), PATIENCE_MS, noAnswer(one)),
      ),
    );
    const apart = apartFromEachOther(surveys);
    return Promise.all(
      surveys.map(async (survey, i) => {
        const look = apart[i];
        if (survey.state !== 'there' || look?.state !== 'ready') return look ?? noLook(survey);
        const warnings = neighbourWarnings(survey, surveys);
        if (lookOnly) return this.#withoutWriting(survey);
        const done = this.#settle(survey, warnings);
        return within(done, PATIENCE_MS, noAnswer(survey.look));
      }),
    );
  }

  #withoutWriting(survey: Survey): DestinationLook {
    if (survey.readOnly) return readOnlyMount(survey.look);
    this.#surveys.set(survey.look.id, survey);
    return survey.look;
  }

  /** The second look, which writes. */
  async #settle(survey: Survey, warnings: readonly string[]): Promise<DestinationLook> {
    const { look, readOnly } = survey;
    if (readOnly) return readOnlyMount(look);
    try {
      const tried = await this.#tryWriting(survey);
      const more = [...tried, ...(await this.#mark(survey))];
      this.#surveys.set(look.id, survey);
      if (look.freeBytes < FULL_BELOW_BYTES) return fullDrive(look, look.freeBytes);
      const warning = [...warnings, ...more].join(' ');
      return warning === '' ? look : { ...look, warning };
    } catch (error) {
      this.#trials.delete(look.id);
      return failedCall(look, error);
    }
  }

  /** Returns what the person should know about the space, as often as it is tried. */
  async #tryWriting({ look, medium: { sequence } }: Survey): Promise<readonly string[]> {
    const now = this.#clock.now();
    const last = this.#trials.get(look.id);
    const age = last === undefined ? Number.POSITIVE_INFINITY : now - last.at;
    const same = last?.deviceNumber === look.deviceNumber && last.sequence === sequence;
    // A clock set back makes the age negative: then it is tried again.
    if (same && age >= 0 && age < TRIAL_GOOD_FOR_MS) return last.warnings;
    await tryWriting(look.path);
    const opinion = await this.#freeSpaceOpinion(look.mountPoint).catch(() => undefined);
    const warnings = spaceWarnings(look, opinion);
    const { deviceNumber } = look;
    this.#trials.set(look.id, { deviceNumber, sequence, at: now, warnings });
    return warnings;
  }

  /** Makes sure that the destination has a marker and is remembered; returns what the person should know of that. */
  async #mark({ look }: Survey): Promise<readonly string[]> {
    const { id, path, mountPoint, mediumId } = look;
    const before = await this.#memory.recall(id, path);
    const warnings: string[] = [];
    const marker = await readMarker(path);
    if (marker.state === 'unreadable') {
      warnings.push(`The marker file ${MARKER_NAME} of destination "${id}" is damaged: delete it.`);
    }
    const known = before?.markerIds ?? [];
    let markerIds = known;
    if (marker.state === 'present' && !known.includes(marker.id)) markerIds = [...known, marker.id];
    if (marker.state === 'absent') markerIds = [...known, await writeMarker(path)];
    if (before !== undefined && before.mediumId !== mediumId) {
      warnings.push(`Destination "${id}" is on another drive than before.`);
    }
    try {
      await this.#memory.remember(id, { path, mountPoint, mediumId, markerIds });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warnings.push(`Destination "${id}" could not be remembered for the next start: ${why}`);
    }
    return warnings;
  }

  async stillThere(destination: ReadyDestination): Promise<boolean> {
    const answer = this.#stillThere(destination).catch(() => false);
    return within(answer, STILL_THERE_PATIENCE_MS, false);
  }

  async #stillThere({ id, path, deviceNumber, mediumId }: ReadyDestination): Promise<boolean> {
    if ((await stat(path)).dev !== deviceNumber) return false;
    const seen = this.#surveys.get(id);
    if (seen?.look.deviceNumber !== deviceNumber || seen.look.mediumId !== mediumId) {
      return (await this.#places.placeOf(path)).medium.id === mediumId;
    }
    // A pulled drive keeps its mount and its cached answers; only the medium's number tells.
    return (await this.#places.sequenceNow(seen.medium)) === seen.medium.sequence;
  }

  async glances(
    destination: ReadyDestination,
    placedAt: readonly string[],
  ): Promise<readonly GlanceAnswer[]> {
    const lane = this.#lanes.get(destination.id) ?? new LookLane(GLANCE_PATIENCE_MS);
    this.#lanes.set(destination.id, lane);
    const paths = placedAt.map((place) => `${destination.path}/${place}`);
    const looks = await lane.look(paths, new AbortController().signal);
    const answers = paths.map((_, i) => glanceAnswer(looks[i], destination.deviceNumber));
    if (!answers.includes('missing') || (await this.stillThere(destination))) return answers;
    // "No such file" counts only while the drive is there: below an unmounted mount point nothing is ever there.
    return answers.map((answer) => (answer === 'missing' ? 'unknown' : answer));
  }
}

function glanceAnswer(look: LookedAt | undefined, deviceNumber: number): GlanceAnswer {
  if (look === undefined) return 'unknown';
  if ('error' in look) {
    const code = errnoOf(look.error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unknown';
  }
  if (look.deviceNumber !== deviceNumber) return 'unknown';
  return look.kind === 'file' ? look.sizeBytes : 'missing';
}

/** Refuses the later of two destinations that have a disk in common, in whatever way. */
function apartFromEachOther(
  surveys: readonly (Survey | TroubledDestination)[],
): readonly DestinationLook[] {
  const earlier: Survey[] = [];
  const looks = surveys.map((survey): DestinationLook => {
    if (survey.state !== 'there') return survey;
    const other = earlier.find(
      // Equal media are the core's matter.
      (one) => one.medium.id !== survey.medium.id && shareDisk(one.medium, survey.medium),
    );
    if (other !== undefined) return sharedDisk(survey.look, other.look.id);
    earlier.push(survey);
    return survey.look;
  });
  return distinctMedia(looks);
}

async function askForFreeSpace(mountPoint: string): Promise<number | undefined> {
  return freeBytesAt(await listDrives(AbortSignal.timeout(PATIENCE_MS)), mountPoint);
}

function noLook(survey: Survey | TroubledDestination): DestinationLook {
  return survey.state === 'there' ? noAnswer(survey.look) : survey;
}

/** Returns the marker's id. Durable when it resolves. */
async function writeMarker(folder: string): Promise<string> {
  const id = randomUUID();
  const file = await open(join(folder, MARKER_NAME), 'wx', 0o644);
  try {
    await file.writeFile(markerText(id));
    await file.sync();
  } finally {
    await file.close();
  }
  await fsyncFolder(folder);
  return id;
}
