/** What the running service answers on its control socket. */
import { RoomError } from '../core/room-error.ts';
import type { ControlRequest, ControlRoutes } from '../platform/control-socket.ts';
import type { Service } from './service.ts';

class BadRequest extends RoomError<'bad-request'> {}

export function controlRoutes(service: Service): ControlRoutes {
  return {
    'GET /status': async () => ({ kind: 'answer', body: service.status() }),
    'POST /offload': async ({ body }) => {
      const { path, label } = offloadBody(body);
      return { kind: 'answer', body: await service.offload(path, label) };
    },
    'POST /eject': async ({ body }) => ({
      kind: 'answer',
      body: await service.eject(cardBody(body)),
    }),
    'GET /follow': async ({ query, signal }) => ({
      kind: 'lines',
      lines: service.follow(textOf(query.get('root')), signal),
    }),
  };
}

function offloadBody(body: ControlRequest['body']): { path: string; label: string } {
  if (typeof body === 'object' && body !== null && 'path' in body && 'label' in body) {
    return { path: textOf(body.path), label: textOf(body.label) };
  }
  throw badRequest();
}

function cardBody(body: ControlRequest['body']): string {
  if (typeof body === 'object' && body !== null && 'card' in body) return textOf(body.card);
  throw badRequest();
}

function textOf(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw badRequest();
}

function badRequest(): BadRequest {
  return new BadRequest(
    'bad-request',
    'The service did not understand the request.',
    'The command and the service may be of different versions: restart the service.',
  );
}
