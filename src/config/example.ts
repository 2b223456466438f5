/** A configuration to start from: what almost everybody needs, and the rest behind a "#" with its default. */

/** Loads as it is; lines that begin with "#" and no space are settings to be switched on. */
export const DEFAULT_CONFIG_TEXT = `# Configuration of safelight. Every field is explained in docs/CONFIG.md.
# Unknown fields are refused, so a typing mistake cannot go unnoticed.

# Two drives, on two separate disks. Both folders must exist.
[[destination]]
name = "working"
path = "/mnt/work/Ingest"

[[destination]]
name = "backup"
path = "/mnt/backup/Ingest"

# Where the third copy goes. Without one, cards are copied but never called safe.
#[[remote]]
#name = "b2"
#kind = "s3"
#endpoint = "https://s3.eu-central-003.backblazeb2.com"
#region = "eu-central-003"
#bucket = "studio-originals"
#prefix = "cards"
#storageClass = "STANDARD"
# The keys stand in files that only the service's user may read, never in here.
#credentials = { accessKeyIdFile = "/etc/safelight/b2.id", secretAccessKeyFile = "/etc/safelight/b2.key" }
#bandwidth = "08:00-19:00 2MB/s, else unlimited"

#[[remote]]
#name = "drive"
#kind = "rclone"
#remote = "gdrive:Originals"

# A mounted NAS. Only you can say that it stands elsewhere.
#[[remote]]
#name = "parents-nas"
#kind = "folder"
#path = "/mnt/parents-nas/Originals"
#offsite = true

# What "safe to format" demands.
[policy]
copies = 2
offsite = 1
#minimumGrade = "B'"
#maxEvidenceAge = "30d"
#sourceVerify = "sample"

[cards]
#mount = "auto"
#watch = ["/srv/ftp-in"]
#watchSettle = "30s"
#loopDevices = false
#folder = "{date}/{label}_{card}"
#ignore = []
#eject = "when-safe"

[signals.desktop]
enabled = true

#[[signals.led]]
#kind = "sysfs"
#name = "safelight:status"
#root = "/sys/class/leds"

#[[signals.webhook]]
#url = "https://ntfy.sh/my-topic"
#format = "ntfy"
#on = ["on-two-drives", "safe", "hold", "alarm"]

#[audit]
#drives = "30d"
#offsite = "7d"
#sample = "1%"
#heartbeatUrl = "https://hc-ping.com/your-check"

#[web]
#listen = "127.0.0.1:7878"
`;
