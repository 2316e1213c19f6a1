/** Trace records and faults of CERT. The part is the physical uC number. */
import { operationByCode } from '../../device/abi/control-code.ts'
import type { Device } from '../../device/tiles.ts'
import { ucStateName } from '../../device/uc-facts.ts'
import { actorName } from './names.ts'

export const CertEvent = {
  /** a: packet number in the queue, b: 0 direct, else the number of uCs. */
  packetPopped: 200,
  /** a: page, b: length in bytes. */
  pageFetched: 201,
  /** First attempt. a: page << 13 | offset from the start of the text, b: opcode << 16 | job. */
  operation: 202,
  /** a: job number, b: page. */
  jobStart: 203,
  jobEnd: 204,
  /** a: wait kind (`Wait`), b: its operand. */
  waitBegin: 205,
  waitEnd: 206,
  /** a: token word, b: tokens of that channel now waiting to be taken. */
  token: 207,
  /** a: barrier number, b: uCs that have arrived, as a mask in the context's numbering. */
  barrierReached: 208,
  barrierPassed: 209,
  /** a: context, b: completion word. */
  completion: 210,
  /** a: context. */
  idle: 211,
  /** a: chain number, b: offset of its first descriptor. */
  dmaStart: 212,
  dmaEnd: 213,
  /** a: descriptor's offset, b: words. */
  dmaDescriptor: 214,
  /** a: image id, b: first page; b is -1 when it was loaded already. */
  load: 215,
  /** a: context, b: 0. */
  doorbell: 216,
  /** a: context. The uC is done with its share of a command. */
  shareDone: 217,
  /** a: page, b: length in bytes. The next page is being fetched while this one runs. */
  prefetch: 218,
  /** a: number of the point, b: 1 when the array is wanted for another context. All uCs of the command are there. */
  preemptPoint: 219,
  /** a: context, b: 1 in the middle of a command, 0 between two. The uCs have done what the host wanted. */
  switchedOut: 220,
  /** a: context. The memories of the uC are restored; it goes on behind its preemption point. */
  restored: 221,
  /** a: state word, b: page << 13 | offset from the start of the text. The context cannot go on. */
  trouble: 222,
  /** a: records. */
  recordsFlushed: 223,
} as const

/** Faults CERT raises; the part is the uC, the detail is named here. */
export const CertFault = {
  /** detail: opcode. */
  unknownOperation: 2000,
  /** A real operation that this model does not run. detail: opcode. */
  unmodelledOperation: 2001,
  /** detail: page. */
  badPage: 2002,
  /** detail: page. */
  tooManyJobs: 2003,
  /** detail: offset of the descriptor. */
  badDescriptor: 2004,
  /** detail: mask. */
  remoteParty: 2005,
  /** detail: register or barrier number. */
  badOperand: 2006,
  /** detail: job number. */
  badLaunch: 2007,
  /** detail: tile word << 8 | actor. */
  tokenTableFull: 2008,
  /** detail: packet number. */
  badPacket: 2009,
  /** detail: context. */
  hostMemory: 2010,
  /** detail: image id. */
  noImage: 2011,
  /** A load inside a scope that a load runs. detail: page. */
  nestedLoad: 2012,
  /** TRACE: the dynamic tracer is not modelled. detail: its operand. */
  noTracer: 2013,
  /** Two jobs wait for one channel. detail: tile word << 8 | actor. */
  tokenRival: 2014,
  /** An operation waited longer than the time-out. detail: state word << 8 | opcode. */
  hang: 2016,
  /** The firmware itself cannot go on. detail: context. */
  exception: 2017,
  /** A command lasted too long though no operation hung. detail: packet number. */
  packetTimeout: 2018,
  /** No tile is at an address. detail: the address. */
  busError: 2019,
  /** The indices of a queue contradict each other. detail: context. */
  badQueue: 2020,
  /** An entry of a packet names a uC that the context lacks, or one twice. detail: the context's number. */
  strangerUc: 2021,
} as const

/** True for faults that the host sees as the end of a command, or as an error of its context. */
export function isCommandFault(code: number): boolean {
  const { unknownOperation, strangerUc, badLaunch, tokenRival } = CertFault
  const isCert = code >= unknownOperation && code <= strangerUc
  return isCert && code !== badLaunch && code !== tokenRival
}

/** True for faults that end a context: the driver hears of it. */
export function isContextFault(code: number): boolean {
  const { hang, exception, busError, badQueue } = CertFault
  return code === hang || code === exception || code === busError || code === badQueue
}

/** A sentence about a CERT fault; undefined for codes of other parts. */
export function explainCertFault(
  code: number,
  uc: number,
  detail: number,
  device: Device,
): string | undefined {
  const hex = `0x${(detail >>> 0).toString(16)}`
  const who = `uC ${uc}`
  switch (code) {
    case CertFault.unknownOperation:
      return `${who} met opcode ${hex}, which no operation has; the command stops.`
    case CertFault.unmodelledOperation:
      return `${who} met opcode ${hex}, which exists but is not available on this device; the command stops.`
    case CertFault.badPage:
      return `${who} fetched page ${detail} and found no valid page there; the command stops.`
    case CertFault.tooManyJobs:
      return `${who} found more jobs on page ${detail} than its table holds; the command stops.`
    case CertFault.badDescriptor:
      return `${who} followed a uC-DMA descriptor at ${hex} that leaves the page; the command stops.`
    case CertFault.remoteParty:
      return `${who} reached a remote barrier with mask ${hex}, which names uCs outside this command or leaves itself out; the command stops.`
    case CertFault.badOperand:
      return `${who} met a register or barrier number ${detail} that does not exist; the command stops.`
    case CertFault.badLaunch:
      return `${who} launched job ${detail}, which is not a waiting deferred job of the page; the launch is ignored.`
    case CertFault.tokenTableFull:
      return `${who} received a token of ${actorName(device, detail)} but its table of channels is full; the token is lost.`
    case CertFault.badPacket:
      return `${who} popped packet ${detail} and could not make sense of it; the command fails.`
    case CertFault.hostMemory:
      return `${who} could not reach host memory of context ${detail}.`
    case CertFault.noImage:
      return `${who} should load image ${hex} again but remembers none; the command stops.`
    case CertFault.nestedLoad:
      return `${who} met a load or a preemption point on page ${detail}, which itself is being loaded; the command stops.`
    case CertFault.noTracer:
      return `${who} met TRACE ${hex}, which the dynamic tracer puts over other operations; the tracer is not modelled; the command stops.`
    case CertFault.tokenRival:
      return `${who} has two jobs that wait for tokens of ${actorName(device, detail)}; only one may, and who gets them is chance.`
    case CertFault.hang: {
      const name = operationByCode[detail & 0xff]?.mnemonic ?? 'an operation'
      return `${who} has waited at ${name} for longer than the time-out: ${ucStateName(detail >>> 8)}; its context is in error.`
    }
    case CertFault.exception:
      return `${who} could not reach the queue of context ${detail}, and its firmware stopped with an exception.`
    case CertFault.packetTimeout:
      return `${who} stopped packet ${detail}, which lasted too long though none of its operations hung; the command fails.`
    case CertFault.busError:
      return `${who} went to ${hex}, where the array has no tile; the bus answered with an error, and the context is in error.`
    case CertFault.badQueue:
      return `${who} found indices in the queue of context ${detail} that contradict each other, and trusts nothing in it any more.`
    case CertFault.strangerUc:
      return `${who} popped a packet with a share for uC ${detail}, which its context does not have or has a share for already; the command fails.`
    default:
      return undefined
  }
}
