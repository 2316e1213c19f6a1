/**
 * Handshakes: how the driver talks to the two controllers that power the NPU and start its firmware.
 *
 *     bring-up, suspend ──▶ ┌────────────┐ ── BAR 5: RESPONSE, ARGUMENT, COMMAND ──▶ SMU
 *                           │ Handshakes │ ── BAR 4: COMMAND, ARGUMENTS, INTERRUPT ─▶ PSP
 *                           └────────────┘ ── polls every 20 ms for a second
 *
 * Faithful    order of the register accesses, polls and their limit, what each failure is called
 */
import { powerUp } from '../device/abi/power-up.ts'
import { errno } from '../device/abi/ioctl.ts'
import type { HostFacts } from '../device/host-facts.ts'
import type { Soc } from '../soc/soc.ts'
import { goOnAt } from './boot-steps.ts'
import { WaitKind } from './events.ts'
import { Reason } from './refusals.ts'
import type { Refusals } from './refusals.ts'
import { localCount, parked } from './threads.ts'
import type { Threads } from './threads.ts'

/** What a poll watches, as the detail of its wait. */
export const Watched = { infoBlock: 0, smu: 1, psp: 2 } as const

/** The local of a call that counts how long it has polled. */
const waitedLocal = 0
const high32 = 2 ** 32
/** A poll has reached its limit. */
export const tooLate = -1

export class Handshakes {
  private readonly facts: HostFacts
  private readonly soc: Soc
  private readonly threads: Threads
  private readonly refusals: Refusals

  constructor(facts: HostFacts, soc: Soc, threads: Threads, refusals: Refusals) {
    this.facts = facts
    this.soc = soc
    this.threads = threads
    this.refusals = refusals
  }

  /** Begins a poll. */
  beginPoll(thread: number): void {
    this.threads.locals[thread * localCount + waitedLocal] = 0
  }

  /** Looks again after 20 ms: parked, or `tooLate` after a second of it. */
  poll(thread: number, watched: number): number {
    const at = thread * localCount + waitedLocal
    const { poll, pollLimit } = this.facts.ticks
    if (this.threads.locals[at] >= pollLimit) return tooLate
    this.threads.locals[at] += poll
    return this.threads.park(thread, WaitKind.firmware, watched, poll)
  }

  /** A command to the SMU. Sub-phase 0 writes it, 1 polls: 0, parked, or a negative errno. */
  smu(thread: number, sub: number, command: number, found: (response: number) => void): number {
    const { bar, smuRegister } = this.facts
    const { bars } = this.soc
    if (sub === 0) {
      bars.write32(bar.smu, smuRegister.response, 0)
      bars.write32(bar.smu, smuRegister.argument, 0)
      bars.write32(bar.smu, smuRegister.command, command)
      this.beginPoll(thread)
      goOnAt(this.threads, thread, 1)
    }
    const response = bars.read32(bar.smu, smuRegister.response)
    if (response === 0) {
      const again = this.poll(thread, Watched.smu)
      if (again === parked) return parked
      return this.refuse(thread, errno.ETIMEDOUT, Reason.smuSilent, command, 0)
    }
    found(response)
    if (response === powerUp.smu.done) return 0
    return this.refuse(thread, errno.EINVAL, Reason.smuRefused, command, response)
  }

  /** A command to the PSP, perhaps about an image in physical memory. Sub-phase 0 waits until it is ready, 1 until it is ready again. */
  psp(thread: number, sub: number, command: number, address: number, size: number): number {
    const { bar, pspRegister } = this.facts
    const { bars } = this.soc
    if (sub === 0) {
      this.beginPoll(thread)
      goOnAt(this.threads, thread, 1)
    }
    const isReady = (bars.read32(bar.psp, pspRegister.command) & powerUp.psp.ready) !== 0
    if (!isReady) {
      const again = this.poll(thread, Watched.psp)
      if (again === parked) return parked
      return this.refuse(thread, errno.ETIMEDOUT, Reason.pspSilent, command, 0)
    }
    if (sub < 2) {
      bars.write32(bar.psp, pspRegister.command, command)
      bars.write32(bar.psp, pspRegister.arg0, address % high32)
      bars.write32(bar.psp, pspRegister.arg1, Math.floor(address / high32))
      bars.write32(bar.psp, pspRegister.command, (command << powerUp.psp.commandShift) | size)
      bars.write32(bar.psp, pspRegister.interrupt, 0)
      bars.write32(bar.psp, pspRegister.interrupt, powerUp.psp.notify)
      this.beginPoll(thread)
      goOnAt(this.threads, thread, 2)
      return this.poll(thread, Watched.psp)
    }
    const response = bars.read32(bar.psp, pspRegister.arg0)
    if (response === 0) return 0
    return this.refuse(thread, errno.EIO, Reason.pspRefused, command, response)
  }

  private refuse(thread: number, number: number, reason: number, a: number, b: number): number {
    return this.refusals.note(thread, this.threads.call[thread], number, reason, a, b)
  }
}
