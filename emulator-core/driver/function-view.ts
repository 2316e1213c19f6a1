/** What the app shows of device functions. */
import { functionOfVf, vfOfFunction } from '../device/functions.ts'
import type { FunctionKind } from '../device/functions.ts'
import { identify } from '../device/identity.ts'
import type { Soc } from '../soc/soc.ts'
import { ContextState } from './contexts.ts'
import type { Kernel } from './kernel.ts'
import type { PowerStateName } from './pm.ts'

/** A device function as the app shows it. */
export interface FunctionView {
  /** Its index in the core. */
  readonly fn: number
  readonly kind: FunctionKind
  /** Which virtual function it is, if it is one. */
  readonly vf?: number
  /** What sysfs calls it, and its PCI ids. */
  readonly vbnv: string
  readonly deviceId: number
  readonly revision: number
  /** `no driver`: it has not come up. Else its power. */
  readonly state: 'no driver' | PowerStateName
  /** Handles of its contexts. */
  readonly contexts: readonly number[]
  /** Open files. */
  readonly files: number
  /** The power mode that it asks for. */
  readonly powerMode: number
  /** It is given to a VM. */
  readonly assigned: boolean
  /** The firmware's partition for its contexts, 0 for none. */
  readonly partition: number
}

/** The functions that exist: the first one and the VFs that were made. */
export function inspectFunctions(kernel: Kernel, soc: Soc): readonly FunctionView[] {
  const count = functionOfVf(kernel.sriov.vfCount)
  return kernel.functions.all.slice(0, count).map((on) => {
    const { index: fn, kind } = on
    const [deviceId, revision] = [soc.pci.device(fn), soc.pci.revision(fn)]
    const vf = vfOfFunction(fn)
    return {
      fn,
      kind,
      ...(kind === 'vf' ? { vf } : {}),
      vbnv: identify(deviceId, revision)?.vbnv ?? '',
      deviceId,
      revision,
      state: on.isUp ? kernel.pm.inspect(fn).state : 'no driver',
      contexts: contextsOf(kernel, fn),
      files: kernel.files.used.filter((used, file) => used !== 0 && isOf(kernel, file, fn)).length,
      powerMode: on.power.mode,
      assigned: kind === 'vf' && kernel.sriov.isAssigned(vf),
      partition: on.partition,
    }
  })
}

function isOf({ files }: Kernel, file: number, fn: number): boolean {
  return files.fn[file] === fn && files.orphaned[file] === 0
}

function contextsOf({ contexts }: Kernel, fn: number): number[] {
  const handles: number[] = []
  for (let row = 0; row < contexts.capacity; row++) {
    const state = contexts.state[row]
    const isMade = state !== ContextState.free && state !== ContextState.creating
    if (isMade && contexts.functionOf(row) === fn) handles.push(contexts.handle[row])
  }
  return handles.sort((a, b) => a - b)
}
