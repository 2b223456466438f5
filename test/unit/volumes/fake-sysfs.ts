/** Builds a folder that looks like /sys, from recorded devices or from a few words. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { Sysfs } from '../../../src/volumes/linux/sysfs.ts';

/** A device's folder below /sys and its attributes. */
export interface FakeDevice {
  readonly path: string;
  /** `major:minor`. */
  readonly device: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Names of the devices it is built from. */
  readonly slaves?: readonly string[];
}

export interface FakeSysfs {
  readonly root: string;
  readonly sysfs: Sysfs;
  /** Adds a file anywhere below the root. */
  readonly put: (path: string, text: string) => void;
  readonly remove: () => void;
}

export function fakeSysfs(devices: readonly FakeDevice[]): FakeSysfs {
  const root = mkdtempSync(join(tmpdir(), 'safelight-sys-'));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  };
  const link = (from: string, to: string): void => {
    mkdirSync(dirname(join(root, from)), { recursive: true });
    symlinkSync(relative(dirname(join(root, from)), join(root, to)), join(root, from));
  };
  mkdirSync(join(root, 'fs'), { recursive: true });
  for (const { path, device, attributes = {}, slaves = [] } of devices) {
    mkdirSync(join(root, path), { recursive: true });
    for (const [name, value] of Object.entries(attributes)) put(join(path, name), value);
    if (devices.some((other) => other.path === dirname(path))) put(join(path, 'partition'), '1');
    link(join('class/block', basename(path)), path);
    link(join('dev/block', device), path);
    for (const slave of slaves) {
      const target = devices.find((other) => basename(other.path) === slave);
      if (target !== undefined) link(join(path, 'slaves', slave), target.path);
    }
  }
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  return { root, sysfs: new Sysfs(root), put, remove };
}

/** A device of a recording, as lsblk printed it. */
export interface RecordedBlock {
  readonly name: string;
  readonly path: string;
  readonly 'maj:min': string;
  readonly fstype: string | null;
  readonly label: string | null;
  readonly uuid: string | null;
  readonly size: number;
  readonly rm: boolean;
  readonly hotplug: boolean;
  readonly tran: string | null;
  readonly wwn: string | null;
  readonly children?: readonly RecordedBlock[];
}

export interface RecordedEvent {
  readonly source: 'KERNEL' | 'UDEV';
  readonly ACTION: string;
  readonly DEVNAME: string;
  readonly DISKSEQ?: string;
  readonly DISK_MEDIA_CHANGE?: string;
  readonly ID_FS_TYPE?: string;
  readonly ID_FS_UUID?: string;
}

/** One insertion as a Linux 6.1 machine saw it (QEMU devices; see docs/TESTING.md). */
export interface Recording {
  readonly name: string;
  readonly what: string;
  readonly lsblk: { readonly blockdevices: readonly RecordedBlock[] };
  readonly sys: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly usbSerial: Readonly<Record<string, string>>;
  readonly insert: readonly RecordedEvent[];
  readonly remove: readonly RecordedEvent[];
}

export const RECORDINGS = [
  'nvme-cfexpress-exfat',
  'reader-card-in-out-exfat',
  'reader-empty',
  'reader-swap-card',
  'sdhci-sd-exfat',
  'sdhci-sd-fat32',
  'uas-cfexpress-exfat',
  'usb-reader-sd-exfat',
  'usb-reader-sd-fat32',
  'usb-ssd-nonremovable-exfat',
] as const;

export function recording(name: (typeof RECORDINGS)[number]): Recording {
  const file = new URL(`./fixtures/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Recording;
}

export function blocksOf(recorded: Recording): readonly RecordedBlock[] {
  return recorded.lsblk.blockdevices.flatMap((disk) => [disk, ...(disk.children ?? [])]);
}

/** /sys as it was when the recording was made. */
export function recordedSysfs(recorded: Recording): FakeSysfs {
  const devices = blocksOf(recorded).map((block): FakeDevice => {
    const { realpath = '', ...attributes } = recorded.sys[block.name] ?? {};
    // lsblk read the world wide id from the attribute that was not recorded by itself.
    const wwid: Record<string, string> =
      block.wwn === null || realpath === '' ? {} : { wwid: block.wwn };
    return {
      path: realpath.replace(/^\/sys\//, ''),
      device: block['maj:min'],
      attributes: { ...attributes, ...wwid },
    };
  });
  const fake = fakeSysfs(devices);
  for (const [name, serial] of Object.entries(recorded.usbSerial)) {
    const path = recorded.sys[name]?.['realpath'] ?? '';
    const usb = /^\/sys\/(.*\/usb\d+\/[\d.-]+)\//.exec(path)?.[1] ?? '';
    fake.put(`${usb}/idVendor`, '46f4');
    fake.put(`${usb}/idProduct`, '0001');
    fake.put(`${usb}/serial`, serial);
  }
  return fake;
}
