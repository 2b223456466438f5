/** Where cameras put the thumbnail of a clip, since we do not look into clips. */
import { basename, dirname, extname, join } from 'node:path';

/**
 * Places to look, the best first: Sony's THMBNL folder, DJI's screen picture and thumbnail in MISC/THM, and the THM
 * beside the clip (Canon, GoPro and most others).
 */
export function thumbnailPlaces(path: string): readonly string[] {
  const folder = dirname(path);
  const stem = basename(path, extname(path));
  const beside = ['SCR', 'THM', 'scr', 'thm'].map((ending) => join(folder, `${stem}.${ending}`));
  return [...sonyPlaces(folder, stem), ...djiPlaces(folder, stem), ...beside];
}

/** CLIP/C0001.MP4 has THMBNL/C0001T01.JPG; XDROOT writes the folders in other letters. */
function sonyPlaces(folder: string, stem: string): string[] {
  const thumbnails: Readonly<Record<string, string>> = { CLIP: 'THMBNL', Clip: 'Thmbnl' };
  const name = thumbnails[basename(folder)];
  return name === undefined ? [] : [join(dirname(folder), name, `${stem}T01.JPG`)];
}

/** DCIM/100MEDIA/DJI_0001.MP4 has MISC/THM/100/DJI_0001.SCR and .THM. */
function djiPlaces(folder: string, stem: string): string[] {
  const number = /^(?:DJI_)?(\d{3})(?!\d)/.exec(basename(folder))?.[1];
  const isCameraFolder = basename(dirname(folder)).toUpperCase() === 'DCIM';
  if (number === undefined || !isCameraFolder) return [];
  const thumbnails = join(dirname(dirname(folder)), 'MISC', 'THM', number);
  return [join(thumbnails, `${stem}.SCR`), join(thumbnails, `${stem}.THM`)];
}
