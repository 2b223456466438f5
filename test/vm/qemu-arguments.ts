/** The emulated machine: what is soldered in. Cards and drives are plugged later. */
import { join } from 'node:path';

export interface Machine {
  readonly base: string;
  readonly folder: string;
  readonly forwards: Readonly<Record<number, number>>;
  readonly share: string;
  /** The root disk keeps what it was told to keep; without it, it is quicker and does not survive a power cut. */
  readonly durable: boolean;
}

export function qemuArguments({ base, folder, forwards, share, durable }: Machine): string[] {
  // restrict=on: the guest reaches the forwarded addresses and nothing else.
  const forwarded = Object.entries(forwards).map(
    ([inside, outside]) =>
      `,guestfwd=tcp:10.0.2.100:${inside}-cmd:socat - TCP:127.0.0.1:${outside}`,
  );
  const slots = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((n) => [
    '-device',
    `pcie-root-port,id=rp${n},chassis=${10 + n},slot=${10 + n}`,
  ]);
  const kernelLine =
    'console=hvc0 quiet net.ifnames=0 mitigations=off audit=0 nowatchdog random.trust_cpu=on tsc=reliable no_timer_check';
  return [
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-machine',
    'q35,hpet=off,smm=off',
    '-cpu',
    'max',
    '-accel',
    'tcg,thread=multi,tb-size=512',
    '-smp',
    '2',
    '-m',
    '1024',
    '-kernel',
    join(base, 'vmlinuz'),
    '-initrd',
    join(base, 'initrd.img'),
    '-append',
    kernelLine,
    '-device',
    'virtio-rng-pci',
    '-device',
    'virtio-serial-pci,id=vs0',
    '-chardev',
    `file,id=con,path=${join(folder, 'console.log')}`,
    '-device',
    'virtconsole,chardev=con',
    '-chardev',
    `socket,id=qga,path=${join(folder, 'agent.sock')},server=on,wait=off`,
    '-device',
    'virtserialport,chardev=qga,name=org.qemu.guest_agent.0',
    '-drive',
    `if=none,id=root,file=${join(folder, 'root.qcow2')},format=qcow2,cache=${durable ? 'writeback' : 'unsafe'},discard=unmap`,
    '-device',
    'virtio-blk-pci,drive=root',
    '-netdev',
    `user,id=n0,ipv6=off,restrict=on${forwarded.join('')}`,
    '-device',
    'virtio-net-pci,netdev=n0,romfile=',
    '-device',
    'qemu-xhci,id=xhci,p2=8,p3=8',
    '-device',
    'sdhci-pci,id=sdhci0',
    '-drive',
    'if=none,id=sdslot',
    '-device',
    'sd-card,id=sd0,drive=sdslot',
    ...slots,
    '-trace',
    `enable=ps2_set_ledstate,file=${join(folder, 'trace.log')}`,
    '-fsdev',
    `local,id=share,path=${share},security_model=none,readonly=on`,
    '-qmp',
    `unix:${join(folder, 'qmp.sock')},server=on,wait=off`,
    '-pidfile',
    join(folder, 'qemu.pid'),
  ];
}
