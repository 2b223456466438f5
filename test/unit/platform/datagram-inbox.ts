/** Receives datagrams on a Unix socket, as systemd does; by koffi. */
import { socketAddress } from '../../../src/platform/unix-datagram.ts';

export interface DatagramInbox {
  /** What has arrived since the last call; does not wait. */
  takeAll(): string[];
  /** May be called again. */
  close(): void;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

/** @throws Error when the system or koffi cannot do it */
export async function openInbox(address: string): Promise<DatagramInbox> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int, int, int)');
  const bind = libc.func('int bind(int, const void *, uint32_t)');
  const receive = libc.func('long recv(int, void *, size_t, int)');
  const close = libc.func('int close(int)');
  const at = socketAddress(address);
  let fd = Number(socket(AF_UNIX, SOCK_DGRAM, 0));
  if (Number(bind(fd, at, at.length)) !== 0) throw new Error(`bind: errno ${koffi.errno()}`);
  return {
    takeAll() {
      const messages: string[] = [];
      const bytes = Buffer.alloc(4096);
      for (;;) {
        const length = Number(receive(fd, bytes, bytes.length, MSG_DONTWAIT));
        if (length < 0) return messages;
        messages.push(bytes.toString('utf8', 0, length));
      }
    },
    close() {
      if (fd >= 0) close(fd);
      fd = -1;
    },
  };
}
