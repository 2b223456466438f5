/** The Linux parts of the room, put together. */
import { type Hint } from '../hint.ts';
import { processHint } from '../process-hint.ts';
import { usbHint } from '../usb-hint.ts';
import { LINUX_SOURCES, linuxPlaces, swapDisks } from './linux-places.ts';
import { linuxVolumes } from './linux-volumes.ts';

export function linuxParts({ loopDevices }: { readonly loopDevices: boolean }) {
  const places = linuxPlaces();
  return {
    lister: linuxVolumes({ loopDevices }),
    places,
    systemDisks: async () =>
      new Set([...(await places.systemDisks()), ...(await swapDisks(LINUX_SOURCES))]),
    hints: linuxHints(),
  };
}

/** Block devices and media that come and go, and mounts. Each is only a hint: the timer looks as well. */
function linuxHints(): readonly Hint[] {
  return [
    processHint({
      file: 'udevadm',
      args: ['monitor', '--udev', '--property', '--subsystem-match=block'],
    }),
    processHint({ file: 'findmnt', args: ['--poll', '--noheadings', '--output', 'ACTION,TARGET'] }),
    usbHint(),
  ];
}
