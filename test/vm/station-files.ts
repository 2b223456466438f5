/** What is written into a guest to make it an ingest station. */

export function configText({
  bucket,
  port,
}: {
  readonly bucket: string;
  readonly port: number;
}): string {
  return `[[destination]]
name = "working"
path = "/mnt/a/Ingest"
[[destination]]
name = "backup"
path = "/mnt/b/Ingest"
[[remote]]
name = "store"
kind = "s3"
endpoint = "http://10.0.2.100:${port}"
bucket = "${bucket}"
credentials = { accessKeyId = "credential:s3.id", secretAccessKey = "credential:s3.key" }
[signals.desktop]
enabled = false
[[signals.led]]
kind = "sysfs"
name = "input0::scrolllock"
`;
}

/** The guest is too slow for the time in which the service must be up. */
const DROP_IN = `[Unit]
RequiresMountsFor=/usr/local/lib/safelight /var/lib/safelight
[Service]
TimeoutStartSec=300
LoadCredential=s3.id:/etc/safelight/s3.id
LoadCredential=s3.key:/etc/safelight/s3.key
`;

export type DriveFilesystem = 'ext4' | 'exfat' | 'vfat';
type DriveFilesystems = Readonly<Record<'a' | 'b', DriveFilesystem>>;

/** FAT and exFAT know no owners: whoever mounts says who may write. */
const MOUNT_OPTIONS: Readonly<Record<DriveFilesystem, string>> = {
  ext4: 'nofail',
  exfat: 'nofail,umask=0000',
  vfat: 'nofail,umask=0000,iocharset=utf8',
};

const fstabText = ({
  a,
  b,
}: DriveFilesystems): string => `LABEL=installed /opt/installed ext4 ro 0 0
/opt/installed/usr/local/lib/safelight /usr/local/lib/safelight none bind 0 0
LABEL=drive-state /var/lib/safelight ext4 defaults 0 0
LABEL=drive-a /mnt/a ${a} ${MOUNT_OPTIONS[a]} 0 0
LABEL=drive-b /mnt/b ${b} ${MOUNT_OPTIONS[b]} 0 0
`;

/** What scripts/install.sh does to the running system, after its files have been put there. */
export const setUpText = (drives: DriveFilesystems): string => `set -e
modprobe ledtrig_pattern
mkdir -p /opt/installed /var/lib/safelight /mnt/a /mnt/b /usr/local/lib/safelight /etc/systemd/system/safelight.service.d
cat >/etc/fstab <<'EOF'
${fstabText(drives)}EOF
for label in installed drive-state drive-a drive-b; do
  for i in $(seq 200); do [ -e /dev/disk/by-label/$label ] && break; sleep .1; done
done
mount -a
cp -a /opt/installed/etc/. /etc/
cp -a /opt/installed/usr/local/bin/. /usr/local/bin/
# Compiled code is dear under emulation: without the optimiser a start takes half as long.
sed -i 's/^exec "\\([^"]*\\)"/exec "\\1" --no-opt --single-threaded/' /usr/local/bin/safelight
cat >/etc/systemd/system/safelight.service.d/guest.conf <<'EOF'
${DROP_IN}EOF
systemd-sysusers /etc/sysusers.d/safelight.conf
systemd-tmpfiles --create /etc/tmpfiles.d/safelight.conf
for drive in a b; do
  mkdir -p /mnt/$drive/Ingest
  chown safelight:safelight /mnt/$drive/Ingest 2>/dev/null || [ -w /mnt/$drive/Ingest ]
done
sync
udevadm control --reload
udevadm trigger --action=change --subsystem-match=leds
systemctl daemon-reload
`;
