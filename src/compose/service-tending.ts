/** `safelight service …`: puts what is asked, what the machine is like and what is done together. */
import type { ServiceAnswer, ServiceRequest } from '../cli/services.ts';
import { installSteps, uninstallSteps, whyNot } from './service-install.ts';
import { type Machine, scopeFor, type ServiceScope } from './service-install-places.ts';
import { perform, type Step } from './service-install-steps.ts';
import {
  installedScope,
  isNotThere,
  type Looking,
  serviceLog,
  serviceState,
} from './service-looking.ts';

export async function tendService(
  machine: Machine,
  request: ServiceRequest,
  looking: Looking,
): Promise<ServiceAnswer> {
  if (machine.platform === 'darwin' && request.scope === 'system') {
    return notDone('system', {
      sentence:
        'On macOS there is no system service: only a session may be asked for access to cards.',
      hint: 'Leave --system out.',
    });
  }
  const usual = scopeFor(machine, request.scope);
  switch (request.task) {
    case 'install':
      return change(machine, request, { scope: usual, looking });
    case 'uninstall': {
      const scope = request.scope ?? installedScope(machine, usual);
      return change(machine, request, { scope, looking });
    }
    default:
      return look(machine, request, {
        scope: request.scope ?? installedScope(machine, usual),
        looking,
      });
  }
}

interface About {
  readonly scope: ServiceScope;
  readonly looking: Looking;
}

async function change(
  machine: Machine,
  { task, dryRun }: ServiceRequest,
  { scope, looking }: About,
): Promise<ServiceAnswer> {
  const refused = dryRun ? undefined : whyNot(machine, scope, task);
  if (refused !== undefined) return notDone(scope, refused);
  const steps = task === 'install' ? installSteps(machine, scope) : uninstallSteps(machine, scope);
  if (!isSteps(steps)) return notDone(scope, steps);
  const { done, failure } = await perform(steps, { ...looking, dryRun });
  if (failure !== undefined) return { ...notDone(scope, failure), lines: done };
  const sentence = dryRun
    ? 'Nothing was changed: this is only what would be done.'
    : DONE[task === 'install' ? 'install' : 'uninstall'];
  return { ok: true, scope, lines: done, sentence, hint: null };
}

const DONE = {
  install: 'The service is installed.',
  uninstall: 'The service is removed.',
} as const;

async function look(
  machine: Machine,
  { task, lines }: ServiceRequest,
  { scope, looking }: About,
): Promise<ServiceAnswer> {
  try {
    if (task === 'logs') {
      const log = await serviceLog(machine, { scope, lines }, looking);
      const sentence = log.length === 0 ? 'The log is empty.' : '';
      return { ok: true, scope, lines: log, sentence, hint: null };
    }
    const { running, sentence, hint } = await serviceState(machine, scope, looking);
    return { ok: running, scope, lines: [], sentence, hint: hint ?? null };
  } catch (error) {
    if (!isNotThere(error)) throw error;
    return notDone(scope, {
      sentence: 'This machine has no systemd, so safelight is no service here.',
      hint: 'Run "safelight daemon" by the means that this machine has for it.',
    });
  }
}

function notDone(
  scope: ServiceScope,
  { sentence, hint }: { readonly sentence: string; readonly hint: string },
): ServiceAnswer {
  return { ok: false, scope, lines: [], sentence, hint };
}

function isSteps(steps: ReturnType<typeof installSteps>): steps is readonly Step[] {
  return Array.isArray(steps);
}
