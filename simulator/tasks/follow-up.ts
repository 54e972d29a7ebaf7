import { guestOf, type State } from '../state.ts';
import { startTask } from './engine.ts';
import { powerSteps } from './power.ts';
import type { Effect, Step } from './task.ts';

const HA_LINE: Step = { at: 0, line: 'task started by HA resource agent' };

/** A task that another task or the HA manager starts: a guest's power. */
export function startFollowUp(state: State, effect: Extract<Effect, { kind: 'task' }>, node: string, at: number): void {
  const guest = guestOf(state.world, effect.vmid);
  const where = guest?.node ?? node;
  const action = effect.type.replace(/^(qm|vz)/, '');
  const steps = powerSteps(state, where, effect.type.startsWith('qm') ? 'qemu' : 'lxc', effect.vmid, action, {});
  const lines = effect.requestedBy === 'ha' ? [HA_LINE, ...steps] : steps;
  startTask(state, { node: where, type: effect.type, id: String(effect.vmid), user: effect.user, params: {}, steps: lines, vmid: effect.vmid, at });
}
