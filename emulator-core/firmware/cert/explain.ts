/** Sentences about waiting uCs, for "why?" and for deadlock reports. */
import type { Device } from '../../device/tiles.ts'
import type { UcView, WaitView } from './inspect.ts'
import { actorName, hex, registerName } from './names.ts'

const allBits = 0xffff_ffff

/** uC numbers of a mask. */
function members(mask: number): string {
  const list: number[] = []
  for (let i = 0; i < 32; i++) if ((mask & (2 ** i)) !== 0) list.push(i)
  return `uC ${list.join(', ')}`
}

function tokens(device: Device, wait: WaitView): string {
  const word = wait.count === 1 ? 'token' : 'tokens'
  const came = wait.have === 0 ? 'none has come' : `${wait.have} came`
  return `${wait.count} task-complete ${word} of ${actorName(device, wait.on)}; ${came}`
}

function poll(device: Device, wait: WaitView): string {
  const name = registerName(device, wait.on)
  const last = `the last time it read ${hex(wait.have)}`
  const { mask = allBits } = wait
  if (mask === allBits) return `${name} to read ${hex(wait.count)}; ${last}`
  return `${name} to read ${hex(wait.count)} under the mask ${hex(mask)}; ${last}`
}

function localBarrier({ on, have, count }: WaitView): string {
  const arrived = `local barrier ${on}: ${have} of ${count} jobs have arrived`
  if (have < count) return arrived
  return `${arrived}, and the last of them waits there for more than ${have}`
}

function reason(device: Device, wait: WaitView): string {
  switch (wait.kind) {
    case 'tokens':
      return tokens(device, wait)
    case 'dma':
      return `uC-DMA chain ${wait.count}`
    case 'handle':
      return 'a free wait handle'
    case 'earlier':
      return 'the jobs in front of it to end, because the array is wanted for another context'
    case 'point':
      return `${members(wait.count & ~wait.have)} to reach preemption point ${wait.on}`
    case 'dmaQueue':
      return 'room in the uC-DMA queue'
    case 'localBarrier':
      return localBarrier(wait)
    case 'remoteBarrier':
      return `remote barrier ${wait.on - 1}: ${members(wait.count & ~wait.have)} has not arrived`
    case 'remoteBarrierTable':
      return 'a free remote barrier'
    case 'poll':
      return poll(device, wait)
    case 'lock':
      return `${registerName(device, wait.on)} to succeed`
    case 'meet':
      return `${members(wait.count & ~wait.have)} to reach the same load or the end of a preemption`
    case 'load':
      return `the chain of pages from page ${wait.on}`
    default:
      return 'nothing'
  }
}

/** Why a uC does not go on, or undefined when it does or has nothing to do. Numbers are the context's own. */
export function explainUc(view: UcView, device: Device): string | undefined {
  const who = `uC ${view.uc}`
  if (view.health.misc !== 0) {
    return `${who} has stopped: ${view.stateName} at page ${view.page}, byte ${view.health.offset}. Its context is in error.`
  }
  if (view.phase === 'drain') return `${who} has run page ${view.page} and waits for its uC-DMA.`
  if (view.phase === 'scan' && view.pageStalled) {
    return `${who} waits for page ${view.page}, whose address never answers.`
  }
  if (view.phase === 'saved') {
    return `${who} has saved its memories and waits until its context has the array again.`
  }
  const { wait } = view
  if (wait === undefined) return undefined
  const waiting = view.jobs.filter((job) => job.wait !== undefined)
  const job = waiting[0] ?? view.jobs.find((j) => j.state === 'ready')
  const place = job ? `job ${job.id} on page ${view.page}, ${job.mnemonic},` : 'it'
  const more = waiting.length > 1 ? ` ${waiting.length - 1} more of its jobs wait.` : ''
  return `${who}: ${place} waits for ${reason(device, wait)}.${more}`
}
