/** For systems that mount cards by themselves, or where safelight cannot: nothing is mounted, nothing is unmounted. */
import type { Mounter } from '../../ports/mounter.ts';

export const noMounter: Mounter = {
  mountCards: async () => ({ changed: false, troubles: [] }),
  giveBack: async ({ label }) => ({
    kind: 'failed',
    sentence: `${label} cannot be unmounted by safelight on this system.`,
    hint: "Eject it by the system's own means.",
  }),
  isOwn: async () => false,
  mediumIn: async () => false,
};
