/** What a file on a card is to the person, told from its path alone. */
import type { FileRole } from './inventory.ts';

/**
 * Files that cameras write for themselves and that hold no shot, each in its own place only: a card with nothing
 * else on it counts as empty, so a name that could be a person's file must not be here.
 */
const MANAGEMENT: readonly RegExp[] = [
  /^private\/sony\/sonycard\.ind$/i,
  /^private\/database\/database\.bin$/i,
  /^avf_info\/[^/]+\.(bin|bnp|inp|int)$/i,
  /^(private\/)?m4root\/(mediapro\.xml|status\.bin)$/i,
  /^(private\/)?xdroot\/(mediapro|discmeta|cueup)\.xml$/i,
  /^(mediapro|discmeta|cueup)\.xml$/i,
  /^proav\/(index|discmeta|discinfo)\.xml$/i,
  /^bpav\/(mediapro|cueup)\.xml$/i,
  /^(private\/)?(avchd\/)?bdmv\/(index\.bdmv?|movieobj\.bdm|movieobject\.bdmv)$/i,
  /^(private\/)?avchd\/avchdtn\/thumb\.(tdt|tid)$/i,
  /^contents\/(clips\d{3}\/)?index\.mif$/i,
  /^lastclip\.txt$/i,
  /^dcim\/eosmisc\/[^/]+\.ctg$/i,
  /^dcim\/canonmsc\/[^/]+\.ctg$/i,
  /^(dcim\/)?nikon\d{3}\.dsc$/i,
  /^misc\/(autprint\.mrk|version\.txt)$/i,
  /^camset\/[^/]+\.csd$/i,
  /^get_started_with_gopro\.url$/i,
  /^misc\/(gis|idx|log)\/.+\.(gis|idx|log|dat|bin)$/i,
  /^dcim\/(camera\d{2}\/)?fileinfo_list\.list$/i,
  /^[^/]+\.rdm\/digital_mag(azine|dynamic)\.bin$/i,
  /^sounddev\/sdinfo\.txt$/i,
];

/** Folders whose pictures, clips and sounds (proxies, icons, voice memos) go with a shot that lies elsewhere. */
const BESIDE_A_SHOT =
  /^(private\/)?(m4root|xdroot)\/(sub|thmbnl)\/|^(sub|thmbnl)\/[^/]+$|^contents\/(icon|proxy|voice)\/|^misc\/thm\/|(^|\/)proxy\//i;

const MEDIA = extensions(
  'jpg jpeg jpe jpf mpo heic heif hif hsp avif tif tiff png gif bmp webp jxl insp 360',
  // RAW stills
  'cr2 cr3 crw nef nrw arw sr2 srf arq raf rw2 rwl orf ori pef ptx dng gpr x3f mrw raw 3fr fff iiq cap eip',
  'mef mos kdc dcr dcs erf srw bay rwz',
  // clips
  'mp4 mov m4v avi mxf mts m2ts m2t mpg mpeg mod tod 3gp 3g2 wmv mkv webm dv insv vob',
  // cinema RAW
  'r3d braw crm nev ari arx arri rmf cine dpx exr cdng vrw',
  // sound
  'wav bwf w64 rf64 aif aiff aifc flac mp3 m4a aac ogg oga opus wma caf amr dsf dff',
);

const SIDECARS = extensions(
  'xml xmp aae nksc thm lrv lrf srt scr dop pp3 cos vrd dr4',
  'bim ppn smi cif cpf rmd rtn sidecar cpi mpl pb cube 3dl aml',
  'hprj h8prj zprj gpx nmea sea',
);

/** Sorts one file by its path, relative to the card's root with forward slashes. What is not known is precious. */
export function roleOf(path: string): FileRole {
  const extension = extensionOf(path);
  if (MEDIA.has(extension)) return BESIDE_A_SHOT.test(path) ? 'sidecar' : 'media';
  if (MANAGEMENT.some((pattern) => pattern.test(path))) return 'management';
  return SIDECARS.has(extension) ? 'sidecar' : 'other';
}

/** The extension in lower case without its dot; empty when there is none. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

function extensions(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(' ')));
}
