/**
 * Runs as a process of its own around usb-detection and prints a line whenever a USB device comes or goes.
 *
 * The package swallows SIGTERM, parks a thread for ever and has crashed on quick re-plugging, and it does not see a
 * card put into a reader that is already attached (docs/adr): here it can only ever wake a listing. It may be
 * missing, fail or die without any other effect.
 */
import { createRequire } from 'node:module';

interface UsbDetection {
  on(event: 'change', listener: () => void): void;
  startMonitoring(): void;
  stopMonitoring(): void;
}

function isUsbDetection(value: unknown): value is UsbDetection {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['on', 'startMonitoring', 'stopMonitoring'].every((name) => name in value)
  );
}

// Not by import: it is an optional dependency, and its types may be missing with it.
const found: unknown = createRequire(import.meta.url)('usb-detection');
if (!isUsbDetection(found)) throw new TypeError('usb-detection is not what it was');
const usb = found;

usb.on('change', () => process.stdout.write('usb\n'));
usb.startMonitoring();

const end = (): void => {
  usb.stopMonitoring();
  process.stdin.destroy();
};
// Standard input closes when the service ends, however it ends.
process.stdin.on('end', end).resume();
process.once('SIGTERM', end);
