/** Sends datagrams to Unix sockets, which Node cannot do by itself; by koffi, where that is installed. */
import { endianness } from 'node:os';
import { RoomError } from '../core/room-error.ts';

export class DatagramError extends RoomError<'bad-address' | 'not-sent'> {}

/**
 * Sends one datagram without waiting. An address is an absolute path, or `@name` for a name in the abstract space.
 * @throws DatagramError when nobody listens there, or the queue is full
 */
export type SendDatagram = (address: string, text: string) => void;

/** Linux values of <sys/socket.h>. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** struct sockaddr_un: two bytes of family, then at most 108 bytes of path. */
const FAMILY_BYTES = 2;
const MAX_PATH_BYTES = 108;

/** Undefined where it cannot be done: another system than Linux, or no koffi. */
export async function unixDatagrams(): Promise<SendDatagram | undefined> {
  const koffi = process.platform === 'linux' ? await loadKoffi() : undefined;
  if (koffi === undefined) return undefined;
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int, int, int)');
  // ssize_t is a long on every Linux.
  const sendTo = libc.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)');
  const close = libc.func('int close(int)');
  return (address, text) => {
    const to = socketAddress(address);
    const bytes = Buffer.from(text, 'utf8');
    const fd = Number(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd < 0) throw notSent(address, koffi.errno());
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const sent = Number(sendTo(fd, bytes, bytes.length, flags, to, to.length));
    const errno = koffi.errno();
    close(fd);
    if (sent !== bytes.length) throw notSent(address, errno);
  };
}

async function loadKoffi() {
  try {
    return (await import('koffi')).default;
  } catch {
    // An optional dependency: an install may have left it out.
    return undefined;
  }
}

/** The bytes of a struct sockaddr_un. @throws DatagramError */
export function socketAddress(address: string): Buffer {
  const name = Buffer.from(address, 'utf8');
  const abstract = address.startsWith('@');
  // A path ends with a NUL; an abstract name begins with one and ends where the length says.
  const path = abstract
    ? Buffer.concat([Buffer.of(0), name.subarray(1)])
    : Buffer.concat([name, Buffer.of(0)]);
  const usable = abstract ? name.length > 1 : address.startsWith('/') && !address.includes('\0');
  if (!usable || path.length > MAX_PATH_BYTES) {
    throw new DatagramError(
      'bad-address',
      `${address} is no address of a Unix socket.`,
      'See sd_notify(3).',
    );
  }
  const family = Buffer.alloc(FAMILY_BYTES);
  if (endianness() === 'LE') family.writeUInt16LE(AF_UNIX);
  else family.writeUInt16BE(AF_UNIX);
  return Buffer.concat([family, path]);
}

function notSent(address: string, errno: number): DatagramError {
  return new DatagramError(
    'not-sent',
    `Nothing could be sent to ${address} (errno ${errno}).`,
    'See that whatever should listen there is running.',
  );
}
