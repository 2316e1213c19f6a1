/**
 * Host scene: what a host program has before it runs: processes, contexts, buffers with their makers, threads.
 */
import type { HostProgram, HostStep } from '../artifacts/host-program.ts'
import type { SceneContext } from './frame.ts'

/** What a step of the host program is about, as numbers into its names; −1 for nothing. */
export interface StepSubject {
  readonly client: number
  readonly hwctx: number
}

/** Threads that a program has at once, at most: those from `begin` to the `join` that ends them, and their children's. */
export function threadsFrom(steps: readonly HostStep[], begin = 0): number {
  let most = 0
  for (let pc = begin; pc < steps.length; pc++) {
    const step = steps[pc]!
    if (step.do === 'join') break
    if (step.do !== 'fork') continue
    const children = step.begins.reduce((sum, at) => sum + threadsFrom(steps, at), 0)
    most = Math.max(most, children)
    pc = step.end - 1
  }
  return 1 + most
}

/** The contexts that a program makes, by their number in it. */
export function contextsOf({ steps, names }: HostProgram): SceneContext[] {
  return names.hwctxs.map((name, hwctx) => {
    const made = steps.find((step) => step.do === 'createHwctx' && step.hwctx === hwctx)
    const is = made?.do === 'createHwctx' ? made : undefined
    return {
      name,
      client: is?.client ?? 0,
      tiles: is?.numTiles ?? 0,
      userMode: is?.userMode === true,
    }
  })
}

/** What a step is about; the client of a buffer or a context is the one that makes it. */
export function subjectOf(step: HostStep | undefined): StepSubject {
  if (step === undefined) return { client: -1, hwctx: -1 }
  return {
    client: 'client' in step && typeof step.client === 'number' ? step.client : -1,
    hwctx: 'hwctx' in step && typeof step.hwctx === 'number' ? step.hwctx : -1,
  }
}
