/** The macOS parts of the room, put together. Not run on a Mac. */
import { folderHint } from '../folder-hint.ts';
import { processHint } from '../process-hint.ts';
import { usbHints } from '../usb-hint.ts';
import { darwinPlaces } from './darwin-places.ts';
import { darwinVolumes } from './darwin-volumes.ts';
import { diskutil } from './diskutil.ts';

export function darwinParts({ loopDevices }: { readonly loopDevices: boolean }) {
  const places = darwinPlaces(diskutil);
  return {
    lister: darwinVolumes({ loopDevices, disks: diskutil }),
    places,
    systemDisks: () => places.systemDisks(),
    hints: [
      processHint({ file: '/usr/sbin/diskutil', args: ['activity'] }),
      folderHint('/Volumes'),
      ...usbHints(),
    ],
  };
}
