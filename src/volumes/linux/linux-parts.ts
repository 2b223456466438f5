/** The Linux parts of the room, put together. */
import { type HintProgram, processHint } from '../process-hint.ts';
import { usbHints } from '../usb-hint.ts';
import { LINUX_SOURCES, linuxPlaces, swapDisks } from './linux-places.ts';
import { type LinuxListerOptions, linuxVolumes } from './linux-volumes.ts';

export function linuxParts({ loopDevices, justLearnt }: LinuxListerOptions) {
  const places = linuxPlaces();
  return {
    lister: linuxVolumes({ loopDevices, ...(justLearnt === undefined ? {} : { justLearnt }) }),
    places,
    systemDisks: async () =>
      new Set([...(await places.systemDisks()), ...(await swapDisks(LINUX_SOURCES))]),
    hints: [...HINT_PROGRAMS.map((program) => processHint(program)), ...usbHints()],
  };
}

/** Programs that print a line when a block device, a medium or a mount comes or goes. */
export const HINT_PROGRAMS: readonly HintProgram[] = [
  {
    file: 'udevadm',
    args: ['monitor', '--udev', '--property', '--subsystem-match=block'],
  },
  { file: 'findmnt', args: ['--poll', '--noheadings', '--output', 'ACTION,TARGET'] },
];
