/** What a person should know about destinations that are good enough, but not as independent as they look. */
import type { ReadyDestination, TroubledDestination } from '../core/destination.ts';
import { bytesText } from '../core/wording.ts';
import type { Survey } from './destination-survey.ts';

/** Sentences about `survey` and those that stand before it in the list, so that each pair is named once. */
export function neighbourWarnings(
  survey: Survey,
  all: readonly (Survey | TroubledDestination)[],
): readonly string[] {
  const warnings: string[] = [];
  for (const other of all) {
    if (other === survey) break;
    if (other.state === 'there') warnings.push(...pairWarnings(other, survey));
  }
  return warnings;
}

function pairWarnings(a: Survey, b: Survey): readonly string[] {
  const names = `"${a.look.id}" and "${b.look.id}"`;
  const warnings: string[] = [];
  const shared =
    a.medium.carriers.find((disk) => below(b).includes(disk)) ??
    b.medium.carriers.find((disk) => below(a).includes(disk));
  if (shared !== undefined) {
    warnings.push(
      `${names} are drive images on one physical disk (${shared}): if it dies, both copies die. Good enough to try things out.`,
    );
  }
  if (a.medium.server !== undefined && a.medium.server === b.medium.server) {
    warnings.push(
      `${names} are both on ${a.medium.server}: two folders of one machine can be lost together.`,
    );
  }
  return warnings;
}

function below({ medium }: Survey): readonly string[] {
  return [...medium.disks, ...medium.carriers];
}

/** Two ways of asking may differ by what is written meanwhile, not by more. */
const SPACE_TOLERANCE_BYTES = 64 * 1024 * 1024;
const SPACE_TOLERANCE_PART = 0.05;

/** `statfs` decides; a second opinion that is far from it is worth a word. */
export function spaceWarnings(
  { id, freeBytes }: ReadyDestination,
  opinion: number | undefined,
): readonly string[] {
  if (opinion === undefined) return [];
  const tolerance = SPACE_TOLERANCE_BYTES + SPACE_TOLERANCE_PART * Math.max(freeBytes, opinion);
  if (Math.abs(freeBytes - opinion) <= tolerance) return [];
  return [
    `The free space of destination "${id}" is unclear: ${bytesText(freeBytes)} by the system, ${bytesText(opinion)} by df.`,
  ];
}
