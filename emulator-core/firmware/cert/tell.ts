/** What a uC did, as one plain sentence for each kind of record. A kind without a sentence does not compile. */
import { Opcode, operationByCode, tileWord } from '../../device/abi/control-code.ts'
import { readToken } from '../../device/abi/dma-words.ts'
import type { Device } from '../../device/tiles.ts'
import { ucStateName } from '../../device/uc-facts.ts'
import { CertEvent } from './events.ts'
import { actorName, hex, registerName } from './names.ts'
import { Wait } from './state.ts'

type Kind = (typeof CertEvent)[keyof typeof CertEvent]
type Tell = (uc: string, a: number, b: number, device: Device) => string

const many = (n: number, one: string) => `${n} ${n === 1 ? one : `${one}s`}`
const pageOf = (place: number) => place >>> 13
const offsetOf = (place: number) => place & 0x1fff
/** Set in records of remote barriers. */
const remoteMark = 0x100

function barrierName(number: number): string {
  return number >= remoteMark
    ? `remote barrier ${number - remoteMark - 1}`
    : `local barrier ${number}`
}

const waits: Readonly<Record<number, (on: number, device: Device) => string>> = {
  [Wait.tokens]: (on, device) => `tokens of ${actorName(device, on)}`,
  [Wait.dma]: () => 'a chain of its DMA',
  [Wait.dmaQueue]: () => 'room in the queue of its DMA',
  [Wait.localBarrier]: (on) => `other jobs at local barrier ${on}`,
  [Wait.remoteBarrier]: (on) => `other uCs at remote barrier ${on - 1}`,
  [Wait.remoteBarrierTable]: () => 'a free remote barrier',
  [Wait.poll]: (on, device) => `${registerName(device, on)} to change`,
  [Wait.lock]: (on, device) => `${registerName(device, on)} to succeed`,
  [Wait.meet]: () => 'the other uCs behind a load',
  [Wait.load]: (on) => `the pages from page ${on} on`,
  [Wait.handle]: () => 'a free wait handle',
  [Wait.point]: (on) => `the other uCs at preemption point ${on}`,
  [Wait.earlier]: () => 'the jobs in front of a preemption point',
}

/** What a wait of a kind is for, in words. */
export function waitWords(kind: number, on: number, device: Device): string {
  return waits[kind]?.(on >>> 0, device) ?? 'something'
}

const sentences: Readonly<Record<Kind, Tell>> = {
  [CertEvent.packetPopped]: (uc, a, b) =>
    b === 0
      ? `${uc} took packet ${a} from the host queue.`
      : `${uc} took packet ${a} from the host queue and hands it to ${many(b, 'uC')}.`,
  [CertEvent.pageFetched]: (uc, a, b) => `${uc} fetched page ${a}, ${many(b, 'byte')}.`,
  [CertEvent.operation]: (uc, a, b) =>
    `${uc} runs ${operationByCode[b >>> 16]?.mnemonic ?? 'an operation'} at page ${pageOf(a)}, offset ${hex(offsetOf(a))}.`,
  [CertEvent.jobStart]: (uc, a) => `${uc} starts job ${a}.`,
  [CertEvent.jobEnd]: (uc, a) => `${uc} has finished job ${a}.`,
  [CertEvent.waitBegin]: (uc, a, b, device) =>
    `${uc} begins to wait for ${waitWords(a, b, device)}.`,
  [CertEvent.waitEnd]: (uc, a, b, device) =>
    `${uc} no longer waits for ${waitWords(a, b, device)}.`,
  [CertEvent.token]: (uc, a, b, device) => {
    const { column, row, actor } = readToken(a)
    const name = actorName(device, (tileWord(column, row) << 8) | actor)
    return `A task-complete token of ${name} reached ${uc}, which has ${b} of it now.`
  },
  [CertEvent.barrierReached]: (uc, a) => `${uc} reached ${barrierName(a)}.`,
  [CertEvent.barrierPassed]: (uc, a) => `${uc} was the last at ${barrierName(a)}: all go on.`,
  [CertEvent.completion]: (uc, _a, b) => `${uc} wrote completion word ${hex(b)}.`,
  [CertEvent.idle]: (uc) => `${uc} found the queue empty.`,
  [CertEvent.dmaStart]: (uc, a, b) => `${uc} started DMA chain ${a} at descriptor ${hex(b)}.`,
  [CertEvent.dmaEnd]: (uc, a) => `DMA chain ${a} of ${uc} is done.`,
  [CertEvent.dmaDescriptor]: (uc, _a, b) => `The DMA of ${uc} copies ${many(b, 'word')}.`,
  [CertEvent.load]: (uc, a, b) =>
    b < 0 ? `${uc} already holds image ${hex(a)}.` : `${uc} loads image ${hex(a)} from page ${b}.`,
  [CertEvent.doorbell]: (uc) => `The doorbell woke ${uc}.`,
  [CertEvent.shareDone]: (uc) => `${uc} is done with its share of the command.`,
  [CertEvent.prefetch]: (uc, a, b) => `${uc} fetches page ${a} ahead, ${many(b, 'byte')}.`,
  [CertEvent.preemptPoint]: (uc, a, b) =>
    b === 1
      ? `${uc} was the last at preemption point ${a}: all save, because another context waits.`
      : `${uc} was the last at preemption point ${a}: all go on.`,
  [CertEvent.switchedOut]: (uc, a, b) =>
    `${uc} has taken context ${a} off the array ${b === 1 ? 'in the middle of a command' : 'between two commands'}.`,
  [CertEvent.restored]: (uc) =>
    `${uc} has its memories back and goes on behind its ${operationByCode[Opcode.preempt]!.mnemonic}.`,
  [CertEvent.trouble]: (uc, a, b) =>
    `${uc} is in trouble: ${ucStateName(a)} at page ${pageOf(b)}, offset ${hex(offsetOf(b))}.`,
  [CertEvent.recordsFlushed]: (uc, a) => `${uc} sent ${many(a, 'record')} to the host.`,
}

/** One plain sentence about a record of a uC; undefined for records of others. */
export function tellCert(
  kind: number,
  uc: number,
  a: number,
  b: number,
  device: Device,
): string | undefined {
  return (sentences as Readonly<Record<number, Tell>>)[kind]?.(`uC ${uc}`, a, b, device)
}
