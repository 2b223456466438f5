/**
 * Groups files into clips, the shots as a photographer counts them. For people's reports only: verdict, plan and
 * copies are about files.
 */
import { type ClipRule, LAYOUTS, type LayoutId } from './layouts.ts';
import { extensionOf, roleOf } from './roles.ts';

export interface Clip<F> {
  /** A path-like name, unique on the card: a clip folder, or a folder and what its files have in common. */
  readonly name: string;
  readonly rule: ClipRule;
  /** In listing order; at least one of them is media. */
  readonly files: readonly F[];
}

/** Groups the files of a card by the rules of its layouts; what no rule claims is grouped by folder and stem. */
export function groupClips<F extends { readonly path: string }>(
  files: readonly F[],
  layouts: ReadonlySet<LayoutId>,
): readonly Clip<F>[] {
  const rules = rulesOf(layouts);
  const clips = new Map<string, { name: string; rule: ClipRule; files: F[]; media: number }>();
  for (const file of files) {
    const role = roleOf(file.path);
    if (role === 'management') continue;
    const { name, rule } = claimed(file.path, rules);
    // Cards are case-insensitive: CLIP/C0001.MP4 and Sub/c0001S03.MP4 are one shot.
    const key = `${rule}\0${name.toUpperCase()}`;
    const clip = clips.get(key) ?? { name, rule, files: [], media: 0 };
    clip.files.push(file);
    if (role === 'media') clip.media += 1;
    clips.set(key, clip);
  }
  return [...clips.values()]
    .filter((clip) => clip.media > 0)
    .map(({ name, rule, files: members }) => ({ name, rule, files: members }));
}

/** The rules of the layouts, most telling first. `same-stem` claims everything, so it is left to the end. */
function rulesOf(layouts: ReadonlySet<LayoutId>): readonly ClipRule[] {
  const rules = LAYOUTS.filter((layout) => layouts.has(layout.id)).map((layout) => layout.clips);
  return [...new Set(rules)].filter((rule) => rule !== 'same-stem');
}

function claimed(
  path: string,
  rules: readonly ClipRule[],
): { readonly name: string; readonly rule: ClipRule } {
  for (const rule of rules) {
    const name = NAMES[rule](path);
    if (name !== undefined) return { name, rule };
  }
  return { name: byStem(path), rule: 'same-stem' };
}

/** The name of the clip that a path belongs to, or undefined where the rule has nothing to say. */
type ClipNamer = (path: string) => string | undefined;

const NAMES: Readonly<Record<ClipRule, ClipNamer>> = {
  'red-folder': (path) => /^(?:[^/]+\/)*?[^/]+\.rdc(?=\/)/i.exec(path)?.[0],
  'arri-clip': arriClip,
  'braw-stem': brawStem,
  'clip-folder': clipFolder,
  'sony-clip': sonyClip,
  'canon-raw-name': canonRawName,
  'p2-id': p2Id,
  'avchd-whole': (path) => /^(?:(?:private\/)?avchd|bdmv)(?=\/)/i.exec(path)?.[0],
  'gopro-video': goproVideo,
  'insta360-shot': insta360Shot,
  'dji-stem': djiStem,
  'dcf-object': dcfObject,
  'audio-take': audioTake,
  'same-stem': byStem,
};

/** A frame sequence is one clip of thousands of files, in a folder of its own or by its name up to the first dot. */
function arriClip(path: string): string | undefined {
  const named = /^(?:[^/]+\/)*?[a-z]\d{3}[a-z]\d{3}_\d{6}_[^/.]*/i.exec(path)?.[0];
  if (named !== undefined) return named;
  return /^(.*\/)?[^/.]+(?=(\.\d+)?\.(ari|arx)$)/i.exec(path)?.[0];
}

function brawStem(path: string): string | undefined {
  const { folder, stem } = split(path);
  const home = folder.replace(/(^|\/)proxy$/i, '');
  const claims = /^(braw|sidecar)$/.test(extensionOf(path)) || home !== folder;
  return claims ? joined(home, stem) : undefined;
}

function clipFolder(path: string): string | undefined {
  return /^(?:(?:proav|bpav)\/clpr|contents\/clips\d{3}|[^/]+\/clip)\/[^/]+(?=\/)/i.exec(path)?.[0];
}

/** `Clip/X.MXF`, `Clip/XM01.XML`, `Clip/XR01.BIM`, `Sub/XS03.MP4`, `Thmbnl/XT01.JPG` are one. */
function sonyClip(path: string): string | undefined {
  const match = /^((?:private\/)?(?:m4root|xdroot)\/)?(clip|sub|thmbnl)\/[^/]+$/i.exec(path);
  if (match === null) return undefined;
  const { stem } = split(path);
  const isMain = match[2]?.toLowerCase() === 'clip' && roleOf(path) === 'media';
  return `${match[1] ?? ''}${isMain ? stem : stem.replace(/[MRSTI]\d{2}$/i, '')}`;
}

/** Clip, proxy and slow-motion sound have one name in different folders. */
function canonRawName(path: string): string | undefined {
  if (!/^(crm\/reel_\d+|private\/audio)\/[^/]+$/i.test(path)) return undefined;
  return split(path).stem.replace(/_proxy$/i, '');
}

/** Six characters across folders; sounds add two digits. */
function p2Id(path: string): string | undefined {
  const match = /^(contents)\/(?:clip|video|audio|icon|voice|proxy)\/([^/.]{6})[^/]*$/i.exec(path);
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}

/** `GX010042` and `GX020042` are chapters 1 and 2 of video 0042; `GPFR`/`GPBK` are the two lenses of one shot. */
function goproVideo(path: string): string | undefined {
  const match =
    /^(dcim\/\d{3})(?:gopro|gfrnt|gback)\/(?:g[a-z]\d{2}|gopr|gpfr|gpbk)(\d{4})\.[^./]+$/i.exec(
      path,
    );
  if (match === null) return undefined;
  const chaptered = /\/g[a-z]\d{6}\.[^./]+$/i.test(path);
  const isStill = !chaptered && /^(jpg|gpr|wav)$/.test(extensionOf(path));
  return `${match[1]} ${isStill ? 'photo' : 'video'} ${match[2]}`;
}

/** `VID_…_00_nnn` and `VID_…_10_nnn` are the two lenses, `LRV_…` the proxy, of one moment. */
function insta360Shot(path: string): string | undefined {
  const match = /(?:^|\/)(?:pro_)?(?:vid|img|lrv)_(\d{8}_\d{6})_\d{2}_(\d{3})(?!\d)[^/]*$/i.exec(
    path,
  );
  return match === null ? undefined : `${match[1]}_${match[2]}`;
}

/** Thumbnails lie under `MISC/THM/<the folder's number>/`. */
function djiStem(path: string): string | undefined {
  const match =
    /^dcim\/(?:dji_(\d{3})|(\d{3})_?(?:dji|media))[^/]*\/dji_[^/]+$/i.exec(path) ??
    /^misc\/thm\/(?:dji_)?(\d{3})[^/]*\/dji_[^/]+$/i.exec(path);
  if (match === null) return undefined;
  return `DJI ${match[1] ?? match[2]}/${split(path).stem}`;
}

/**
 * JEITA CP-3461: same folder and same four digits are one object, whatever the letters before them. Names with more
 * than four digits at the end are not DCF names, and go by their stem.
 */
function dcfObject(path: string): string | undefined {
  if (!/^([^/]+\/)?dcim\/[^/]+\/[^/]+$/i.test(path)) return undefined;
  const { folder, stem } = split(path);
  const digits = /^[0-9a-z_]{3}[a-z_](\d{4})(?:_proxy)?$/i.exec(stem)?.[1];
  return digits === undefined ? undefined : joined(folder, digits);
}

/** A project folder, or the files whose names differ only in the track at the end. */
function audioTake(path: string): string | undefined {
  const project = /^(?:folder\d{2}\/zoom\d{4}|[a-z]?\d{6}_\d{3})(?=\/)/i.exec(path)?.[0];
  if (project !== undefined) return project;
  if (!/^(wav|bwf|w64)$/.test(extensionOf(path))) return undefined;
  const { folder, stem } = split(path);
  return joined(folder, stem.replace(/_(tr\d+(_\d+)?|lr|mic|\d{2})$/i, ''));
}

function byStem(path: string): string {
  const { folder, stem } = split(path);
  return joined(folder, stem);
}

interface SplitPath {
  readonly folder: string;
  readonly stem: string;
}

/** `a/b.CR3` → folder `a`, stem `b`; `a/b.CR3.xmp` has the same stem, being the picture's sidecar. */
function split(path: string): SplitPath {
  const slash = path.lastIndexOf('/');
  const folder = slash < 0 ? '' : path.slice(0, slash);
  const stem = withoutExtension(path.slice(slash + 1));
  const isSidecarOf = roleOf(path) === 'sidecar' && roleOf(stem) === 'media';
  return { folder, stem: isSidecarOf ? withoutExtension(stem) : stem };
}

function withoutExtension(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
