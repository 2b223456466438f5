/**
 * How cameras and recorders lay out their cards, as data.
 *
 * Patterns are matched without regard to case, from the card's root, on files and on folders; a folder's path ends
 * with a slash. Sources: the file handlers of Adobe's XMP Toolkit SDK, JEITA CP-3461 (DCF), makers' manuals, and
 * listings of real cards.
 */

export type LayoutId =
  | 'red'
  | 'arri'
  | 'blackmagic'
  | 'sony-xocn'
  | 'sony-xdroot'
  | 'xdcam-fam'
  | 'xdcam-sam'
  | 'xdcam-ex'
  | 'canon-raw'
  | 'canon-xf'
  | 'panasonic-p2'
  | 'sony-xavc-s'
  | 'panasonic'
  | 'avchd'
  | 'gopro'
  | 'insta360'
  | 'dji'
  | 'canon-stills'
  | 'nikon'
  | 'fujifilm'
  | 'sony-stills'
  | 'dcf'
  | 'zoom'
  | 'tascam'
  | 'sound-devices'
  | 'audio-folders'
  | 'phone';

/** How a layout's files form clips; `clip.ts` has one function for each. */
export type ClipRule =
  | 'red-folder'
  | 'arri-clip'
  | 'braw-stem'
  | 'clip-folder'
  | 'sony-clip'
  | 'canon-raw-name'
  | 'p2-id'
  | 'avchd-whole'
  | 'gopro-video'
  | 'insta360-shot'
  | 'dji-stem'
  | 'dcf-object'
  | 'audio-take'
  | 'same-stem';

export interface Layout {
  readonly id: LayoutId;
  /** Maker and format as people say them. */
  readonly name: string;
  /** `strong`: alone makes a camera card. `weak`: a computer's folders can look the same. */
  readonly strength: 'strong' | 'weak';
  /** One of these must be met; to meet one, each of its patterns must be found somewhere on the card. */
  readonly signature: readonly (readonly RegExp[])[];
  readonly clips: ClipRule;
}

/** The most telling first: of all layouts a card has, the first one here is its primary. */
export const LAYOUTS: readonly Layout[] = [
  {
    id: 'red',
    name: 'RED',
    strength: 'strong',
    signature: [[/^[^/]+\.rdm\//i], [/^([^/]+\/)?[^/]+\.rdc\/[^/]+\.r3d$/i]],
    clips: 'red-folder',
  },
  {
    id: 'arri',
    name: 'ARRI',
    strength: 'strong',
    signature: [
      [/^(arriraw|arrimedia)\//i],
      [/\.(ari|arx)$/i],
      [/^[a-z]\d{3}r[^/]*\/([^/]+\/)?[a-z]\d{3}[a-z]\d{3}_\d{6}_[^/]*\.(mxf|mov)$/i],
      [/^avf\//i, /(^|\/)[a-z]\d{3}[a-z]\d{3}_\d{6}_[^/]*\.(mxf|mov)$/i],
    ],
    clips: 'arri-clip',
  },
  {
    id: 'blackmagic',
    name: 'Blackmagic RAW',
    strength: 'strong',
    signature: [[/^([^/]+\/)?[a-z]\d{3}_\d{8}_c\d{3}[^/]*\.braw$/i]],
    clips: 'braw-stem',
  },
  {
    id: 'sony-xocn',
    name: 'Sony X-OCN',
    strength: 'strong',
    signature: [[/^[^/]+\/clip\/[a-z]\d{3}[a-z]\d{3}_\d{6}[^/]*\/[^/]+\.mxf$/i]],
    clips: 'clip-folder',
  },
  {
    id: 'sony-xdroot',
    name: 'Sony XDCAM/XAVC-I',
    strength: 'strong',
    signature: [
      [/^(private\/)?xdroot\/(clip|sub|thmbnl|edit|general|take|userdata)\//i],
      [/^(private\/)?xdroot\/(mediapro|discmeta|cueup)\.xml$/i],
    ],
    clips: 'sony-clip',
  },
  {
    id: 'xdcam-fam',
    name: 'XDCAM (FAM)',
    strength: 'strong',
    signature: [[/^clip\//i, /^mediapro\.xml$/i, /^discmeta\.xml$/i]],
    clips: 'sony-clip',
  },
  {
    id: 'xdcam-sam',
    name: 'XDCAM (SAM)',
    strength: 'strong',
    signature: [[/^proav\/(index|discmeta|discinfo)\.xml$/i, /^proav\/clpr\//i]],
    clips: 'clip-folder',
  },
  {
    id: 'xdcam-ex',
    name: 'XDCAM EX',
    strength: 'strong',
    signature: [[/^bpav\/clpr\//i]],
    clips: 'clip-folder',
  },
  {
    id: 'canon-raw',
    name: 'Canon Cinema RAW Light',
    strength: 'strong',
    signature: [
      [/^contents\/clips\d{3}\/[^/]+\/[^/]+\.crm$/i],
      [/^crm\/reel_\d+\/[^/]+\.crm$/i],
      [/^dcim\/[^/]+\/[^/]+\.crm$/i],
    ],
    clips: 'canon-raw-name',
  },
  {
    id: 'canon-xf',
    name: 'Canon XF',
    strength: 'strong',
    signature: [[/^contents\/clips\d{3}\//i]],
    clips: 'clip-folder',
  },
  {
    id: 'panasonic-p2',
    name: 'Panasonic P2',
    strength: 'strong',
    signature: [
      [/^contents\/clip\//i, /^contents\/(video|audio)\//i],
      [/^contents\//i, /^lastclip\.txt$/i],
    ],
    clips: 'p2-id',
  },
  {
    id: 'sony-xavc-s',
    name: 'Sony XAVC S',
    strength: 'strong',
    signature: [
      [/^(private\/)?m4root\/((clip|sub|thmbnl|general)\/|(mediapro\.xml|status\.bin)$)/i],
    ],
    clips: 'sony-clip',
  },
  {
    id: 'panasonic',
    name: 'Panasonic',
    strength: 'strong',
    signature: [
      [/^private\/pana_grp\/\d{3}[ry]/i],
      [/^private\/pana_ext\//i],
      [/^dcim\/\d{3}_?pana[^/]*\//i],
    ],
    clips: 'dcf-object',
  },
  {
    id: 'avchd',
    name: 'AVCHD',
    strength: 'strong',
    signature: [
      [/^(private\/)?avchd\/bdmv\//i],
      [
        /^bdmv\/(clipinf|playlist|stream)\//i,
        /^bdmv\/(index\.bdmv?|movieobj\.bdm|movieobject\.bdmv)$/i,
      ],
    ],
    clips: 'avchd-whole',
  },
  {
    id: 'gopro',
    name: 'GoPro',
    strength: 'strong',
    signature: [[/^dcim\/\d{3}(gopro|gfrnt|gback)\//i], [/^get_started_with_gopro\.url$/i]],
    clips: 'gopro-video',
  },
  {
    id: 'insta360',
    name: 'Insta360',
    strength: 'strong',
    signature: [
      [/^dcim\/([^/]+\/)?[^/]+\.(insv|insp)$/i],
      [/^dcim\/(camera\d{2}\/)?fileinfo_list\.list$/i],
      [/^misc\/camera\d{2}\/[^/]+\.pb$/i],
    ],
    clips: 'insta360-shot',
  },
  {
    id: 'dji',
    name: 'DJI',
    strength: 'strong',
    signature: [
      [/^dcim\/(dji_\d{3}|\d{3}_?dji)[^/]*\//i],
      [/^dcim\/\d{3}media\/dji_[^/]+$/i],
      [/^misc\/(gis|idx)\//i, /(^|\/)dji_\d{4}[^/]*$/i],
    ],
    clips: 'dji-stem',
  },
  {
    id: 'canon-stills',
    name: 'Canon',
    strength: 'strong',
    signature: [[/^dcim\/\d{3}(canon|eos)[^/]*\//i], [/^dcim\/eosmisc\//i], [/^dcim\/canonmsc\//i]],
    clips: 'dcf-object',
  },
  {
    id: 'nikon',
    name: 'Nikon',
    strength: 'strong',
    signature: [
      [/^(nikon\/)?dcim\/\d{3}(nd|ncd|ncz_|nz_|nikon)[^/]*\//i],
      [/^(dcim\/)?nikon\d{3}\.dsc$/i],
      [/^ncfl\//i, /^dcim\//i],
    ],
    clips: 'dcf-object',
  },
  {
    id: 'fujifilm',
    name: 'Fujifilm',
    strength: 'strong',
    signature: [[/^dcim\/\d{3}_fuji\//i]],
    clips: 'dcf-object',
  },
  {
    id: 'sony-stills',
    name: 'Sony',
    strength: 'strong',
    // The second form is the date folder: 1, two counting digits, last digit of the year, month, day.
    signature: [[/^dcim\/\d{3}msdcf\//i], [/^dcim\/1\d{3}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\//i]],
    clips: 'same-stem',
  },
  {
    id: 'dcf',
    name: 'DCF camera',
    strength: 'strong',
    // Folder and file are named by rule, and the file lies in such a folder.
    signature: [[/^dcim\/[1-9]\d\d[0-9a-z_]{5}\/[0-9a-z_]{4}\d{4}\.[^/]+$/i]],
    clips: 'dcf-object',
  },
  {
    id: 'zoom',
    name: 'Zoom recorder',
    strength: 'strong',
    signature: [
      [/^stereo\/folder\d{2}\//i],
      [/^folder\d{2}\/zoom\d{4}\//i],
      [/^([^/]+\/){1,2}[^/]+\.(hprj|h8prj|zprj)$/i],
      [/^\d{6}_\d{3}_tr\d+\.wav$/i],
    ],
    clips: 'audio-take',
  },
  {
    id: 'tascam',
    name: 'Tascam recorder',
    strength: 'strong',
    signature: [
      [/^da files\/da6400_takes\.bin$/i],
      [/^(sound|audio|music)\/([^/]+\/)?tascam_\d{4}[^/]*\.wav$/i],
    ],
    clips: 'audio-take',
  },
  {
    id: 'sound-devices',
    name: 'Sound Devices recorder',
    strength: 'strong',
    signature: [[/^sounddev\/sdinfo\.txt$/i]],
    clips: 'audio-take',
  },
  {
    id: 'audio-folders',
    name: 'sound recorder',
    strength: 'weak',
    signature: [[/^(sound|audio|project)\/([^/]+\/){0,2}[^/]+\.(wav|bwf|w64)$/i]],
    clips: 'audio-take',
  },
  {
    id: 'phone',
    name: 'phone',
    strength: 'weak',
    signature: [[/^dcim\/camera\//i], [/^dcim\/\d{3}apple\//i], [/^pictures\//i], [/^whatsapp\//i]],
    clips: 'same-stem',
  },
];
