import { describe, expect, it } from '@jest/globals';
import { Identifier, type Probes } from '../../../src/volumes/linux/identify.ts';
import { parseBlkid } from '../../../src/volumes/linux/parse-blkid.ts';
import { parseLsblk } from '../../../src/volumes/linux/parse-lsblk.ts';
import { RECORDINGS, recording } from './fake-sysfs.ts';

const never = new AbortController().signal;

describe('lsblk', () => {
  it.each(RECORDINGS)('is understood: %s', (name) => {
    const recorded = recording(name);
    const devices = parseLsblk(JSON.stringify(recorded.lsblk));
    const [disk] = recorded.lsblk.blockdevices;
    const part = disk?.children?.[0];
    expect(devices[0]).toEqual({ device: disk?.['maj:min'], path: disk?.path });
    expect(devices.slice(1)).toEqual(
      part === undefined
        ? []
        : [
            {
              device: part['maj:min'],
              path: part.path,
              fsType: part.fstype,
              label: part.label,
              volumeSerial: part.uuid,
            },
          ],
    );
  });

  it('leaves out what udev would have noted when there is no udev', () => {
    const json = `{"blockdevices":[{"path":"/dev/loop0","maj:min":"  7:0","fstype":null,"label":"","uuid":null}]}`;
    expect(parseLsblk(json)).toEqual([{ path: '/dev/loop0', device: '7:0' }]);
  });

  it.each(['', 'no json', '[]', '{"blockdevices":[{"name":"sda"}]}'])(
    'takes no answer that it does not understand for an empty one: %j',
    (json) => {
      expect(() => parseLsblk(json)).toThrow('not understood');
    },
  );
});

describe('blkid', () => {
  it('reads labels with blanks, and finds the type', () => {
    const text = String.raw`DEVNAME=/dev/loop1
SEC_TYPE=msdos
LABEL_FATBOOT=NIKON\ Z\ 6
LABEL=NIKON\ Z\ 6
UUID=B93C-8100
VERSION=FAT16
TYPE=vfat
`;
    expect(parseBlkid(text)).toEqual({
      fsType: 'vfat',
      label: 'NIKON Z 6',
      volumeSerial: 'B93C-8100',
    });
  });

  it('finds none where only a partition table is', () => {
    expect(parseBlkid('DEVNAME=/dev/sda\nPTTYPE=dos\n')).toBeUndefined();
    expect(parseBlkid('')).toBeUndefined();
  });

  it('does without serial and label', () => {
    expect(parseBlkid('TYPE=udf\nLABEL=\nUUID=\n')).toEqual({ fsType: 'udf' });
  });
});

function probes(over: Partial<Probes>): { asked: string[]; probes: Probes } {
  const asked: string[] = [];
  return {
    asked,
    probes: {
      probeFilesystem: async (...args) => {
        asked.push('blkid');
        return over.probeFilesystem?.(...args);
      },
      listBlockDevices: async (...args) => {
        asked.push('lsblk');
        return over.listBlockDevices?.(...args) ?? [];
      },
    },
  };
}
const refuse = async () => {
  throw new Error('permission denied');
};

describe('identifying a filesystem', () => {
  const target = { medium: 'sda=7 8:1', device: '8:1', devicePath: '/dev/sda1' };
  const exfat = { fsType: 'exfat', volumeSerial: 'AB' };

  it('asks the device itself, once per medium', async () => {
    const tools = probes({ probeFilesystem: async () => exfat });
    const identifier = new Identifier(tools.probes);
    expect(await identifier.identify(target, never)).toEqual(exfat);
    expect(await identifier.identify(target, never)).toEqual(exfat);
    expect(tools.asked).toEqual(['blkid']);
    expect(await identifier.identify({ ...target, medium: 'sda=8 8:1' }, never)).toEqual(exfat);
    expect(tools.asked).toEqual(['blkid', 'blkid']);
  });

  it('takes what udev noted where the device may not be read', async () => {
    const tools = probes({
      probeFilesystem: refuse,
      listBlockDevices: async () => [{ device: '8:1', path: '/dev/sda1', ...exfat }],
    });
    expect(await new Identifier(tools.probes).identify(target, never)).toMatchObject(exfat);
    expect(tools.asked).toEqual(['blkid', 'lsblk']);
  });

  it('knows nothing when nobody answers, and asks again next time', async () => {
    const tools = probes({ probeFilesystem: refuse, listBlockDevices: refuse });
    const identifier = new Identifier(tools.probes);
    expect(await identifier.identify(target, never)).toBeUndefined();
    expect(await identifier.identify(target, never)).toBeUndefined();
    expect(tools.asked).toEqual(['blkid', 'lsblk', 'blkid', 'lsblk']);
  });

  it('knows nothing when udev has not noted the device yet', async () => {
    const tools = probes({
      probeFilesystem: refuse,
      listBlockDevices: async () => [{ device: '8:1', path: '/dev/sda1' }],
    });
    expect(await new Identifier(tools.probes).identify(target, never)).toBeUndefined();
  });

  it('forgets a medium that is out', async () => {
    const tools = probes({ probeFilesystem: async () => exfat });
    const identifier = new Identifier(tools.probes);
    await identifier.identify(target, never);
    identifier.keepOnly(new Set());
    await identifier.identify(target, never);
    expect(tools.asked).toEqual(['blkid', 'blkid']);
  });
});
