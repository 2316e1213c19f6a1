/** SR-IOV as an administrator sees it: files of the PF that are written, one call each. */
import type { HostStep } from '../artifacts/host-program.ts'
import { Made } from './calls.ts'
import type { Calls } from './calls.ts'

/** Performs the step `sriov`. */
export function writeSriov(
  calls: Calls,
  thread: number,
  step: Extract<HostStep, { do: 'sriov' }>,
): number {
  if (calls.phase[thread] > 0) return Made.done
  if (step.assigned) calls.driver.assignVfs(thread, step.assigned)
  else calls.driver.setVfs(thread, step.numVfs ?? 0, step.noRoom === true)
  return calls.called(thread, 1)
}
