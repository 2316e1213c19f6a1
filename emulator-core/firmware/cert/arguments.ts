/** Run-time arguments: adds buffer addresses to shim descriptors in a page, when the host has not done so. */
import { controlCode } from '../../device/abi/control-code.ts'
import type { CertFacts } from '../../device/uc-facts.ts'
import type { CertConnections } from './connections.ts'
import { CertFault } from './events.ts'
import type { OperationListener } from './stage.ts'
import type { CertState } from './state.ts'

const { applyOffset } = controlCode
const text = controlCode.page.headerBytes

export class Arguments {
  private readonly facts: CertFacts
  private readonly state: CertState
  private readonly connections: CertConnections
  private readonly listener: OperationListener
  /** Scratch of one step. */
  private readonly scratch = new Uint8Array(8)

  constructor(
    facts: CertFacts,
    state: CertState,
    connections: CertConnections,
    listener: OperationListener,
  ) {
    this.facts = facts
    this.state = state
    this.connections = connections
    this.listener = listener
  }

  /** APPLY_OFFSET_57 at byte `at` of the page; nothing when the packet has no arguments. False after a failure. */
  apply(uc: number, at: number): boolean {
    const s = this.state
    const offset = s.half(uc, at + 6)
    const isOwn = offset === applyOffset.controlCode
    if (s.argsBytes[uc] === 0) return true
    if (!isOwn && 4 * offset + 8 > s.argsBytes[uc]) return true
    let add = s.codeBase[uc]
    if (!isOwn) {
      const address = s.argsBase[uc] + 4 * offset
      if (!this.connections.host.read(s.context[uc], address, this.scratch, 0, 8)) {
        const { invalidOpcode } = this.facts.error
        this.listener.fail(uc, invalidOpcode, CertFault.hostMemory, s.context[uc])
        return false
      }
      add = this.scratchWord(0) + this.scratchWord(4) * 2 ** 32
    }
    const entries = s.half(uc, at + 4)
    let bd = text + s.half(uc, at + 2)
    for (let i = 0; i < entries; i++) {
      if (bd + 4 * controlCode.shimDescriptorWords > s.pageBytes) {
        this.listener.fail(uc, this.facts.error.invalidOpcode, CertFault.badDescriptor, bd - text)
        return false
      }
      this.patch(uc, bd, add)
      bd += 4 * controlCode.shimDescriptorWords
    }
    return true
  }

  private scratchWord(at: number): number {
    const b = this.scratch
    return (b[at] | (b[at + 1] << 8) | (b[at + 2] << 16) | (b[at + 3] << 24)) >>> 0
  }

  private patch(uc: number, bd: number, add: number): void {
    const s = this.state
    const { shim57, ddrOffset, shimLayout } = this.facts
    const isAie4 = shimLayout === 'aie4'
    const highAt = bd + (isAie4 ? 0 : 8)
    const high = s.word(uc, highAt)
    const mask = isAie4 ? shim57.aie4HighMask : shim57.aie2psMiddleMask
    const base = s.word(uc, bd + 4) + ((high & mask) >>> 0) * 2 ** 32
    const sum = base + add + (isAie4 ? ddrOffset : 0)
    s.setWord(uc, bd + 4, sum % 2 ** 32)
    const upper = Math.floor(sum / 2 ** 32)
    s.setWord(uc, highAt, ((high & ~mask) | (upper & mask)) >>> 0)
  }
}
