/** The device functions at this moment, in words for the page. */
import { power } from '../device/abi/power.ts'
import { functionWord, vfOfFunction } from '../device/functions.ts'
import type { Machine } from '../machine/machine.ts'
import type { FunctionNow, FunctionsNow } from './function-answers.ts'

const shownVfs = 4
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

function modeName(mode: number): string {
  return Object.entries(power.modes).find(([, value]) => value === mode)?.[0] ?? String(mode)
}

/** The functions that exist now. */
export function functionsNow(machine: Machine): FunctionsNow {
  const { driver, management, facts, runtime } = machine.parts
  const { kinds, vfLimit } = facts.functions
  const contexts = driver.inspectContexts()
  const open = runtime.inspect().clients.filter(({ file }) => file >= 0)
  const loaded = management.contexts.inspectContexts()
  const columnsOf = (fwId: number): number[] => {
    const found = loaded.find((context) => context.fwId === fwId)
    return Array.from({ length: found?.columns ?? 0 }, (_, i) => found!.startColumn + i)
  }
  const functions = driver.inspectFunctions().map((view): FunctionNow => ({
    fn: view.fn,
    vf: vfOfFunction(view.fn),
    name: functionWord(kinds, view.fn),
    kind: view.kind,
    vbnv: view.vbnv,
    pci: `${hex(facts.device.vendor, 4)}:${hex(view.deviceId, 4)} rev ${hex(view.revision, 2)}`,
    state: view.state,
    contexts: contexts
      .filter(({ fn }) => fn === view.fn)
      .map(({ handle, fwId, numTiles, state, errors }) => ({
        handle,
        fwId,
        numTiles,
        state,
        errors,
        columns: columnsOf(fwId),
      })),
    processes: open
      .filter(({ file }) => driver.memory.fn[file] === view.fn)
      .map(({ name }) => name),
    powerMode: modeName(view.powerMode),
    decidesPower: view.powerMode > 0 && view.powerMode === driver.powerMode,
    assigned: view.assigned,
  }))
  return {
    functions,
    vfLimit,
    isHypothetical: vfLimit > shownVfs,
    powerMode: modeName(driver.powerMode),
  }
}
