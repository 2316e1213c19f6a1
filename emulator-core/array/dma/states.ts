/** States: what each channel is doing and since when; waits are told to the trace. */
import { PartKind, partOf } from '../../device/parts.ts'
import type { Sim } from '../../sim/sim.ts'
import { type ArrayAccounts, Cause } from '../accounts.ts'
import { ArrayEvent } from '../events.ts'
import { HwEvent, type HwEventSink } from '../hw-events/vocabulary.ts'
import { type Channels, ChannelState, Pending } from './channels.ts'

export class States {
  private readonly sim: Sim
  private readonly channels: Channels
  private readonly events: HwEventSink
  private readonly accounts: ArrayAccounts

  constructor(sim: Sim, channels: Channels, events: HwEventSink, accounts: ArrayAccounts) {
    this.sim = sim
    this.accounts = accounts
    this.events = events
    this.channels = channels
  }

  /** Every change of state passes here. */
  enter(c: number, state: ChannelState): void {
    const before = this.channels.state[c]!
    this.account(c, state)
    if (before === state) return
    this.channels.state[c] = state
    this.channels.since[c] = this.sim.schedule.now
    this.tellState(c, before, state)
  }

  /** The descriptor is latched; host memory is not ready. */
  startUp(c: number): void {
    this.accounts.channel(c, Cause.ddr)
  }

  /** A pause holds the channel back from now on, or no longer. */
  hold(c: number, isHeld: boolean): void {
    this.channels.held[c] = isHeld ? 1 : 0
    if (isHeld) this.accounts.channel(c, Cause.halt)
    else if (this.channels.startUp[c]! > 0) this.startUp(c)
    else this.account(c, this.channels.state[c]!)
  }

  private account(c: number, state: number): void {
    const isEmpty = state === ChannelState.stream && !this.channels.info[c]!.isMm2s
    this.accounts.channel(c, isEmpty ? Cause.streamEmpty : causeOf[state]!)
  }

  /** An event of one cycle of the channel's tile, now. */
  tell(c: number, event: HwEvent): void {
    const { tile, index } = this.channels.info[c]!
    this.events.pulse(tile, event, index)
  }

  /** Levels that follow from what a channel is doing. */
  private tellState(c: number, before: number, state: number): void {
    const { tile, index } = this.channels.info[c]!
    const was = isBusy(before)
    const is = isBusy(state)
    if (was !== is) this.events.level(tile, HwEvent.dmaRunning, index, is)
    const left = stallOf[before]
    const entered = stallOf[state]
    if (left !== undefined) this.events.level(tile, left, index, false)
    if (entered !== undefined) this.events.level(tile, entered, index, true)
  }

  /** Begins to wait; `lock` is the lock waited for, or −1. */
  enterWait(c: number, state: ChannelState, lock: number): void {
    if (this.channels.state[c] === state) return
    this.enter(c, state)
    this.sim.trace.emit(ArrayEvent.waitBegin, partOf(PartKind.channel, c), state, lock)
  }

  /** The channel waits until its count or its token can leave. */
  stall(c: number, pending: Pending): void {
    this.channels.pending[c] = pending
    this.enterWait(c, ChannelState.token, -1)
  }

  /** Goes on moving after a wait, if the channel waits. */
  leaveWait(c: number): void {
    const state = this.channels.state[c]!
    if (!isWait(state)) return
    this.channels.pending[c] = Pending.none
    this.sim.trace.emit(ArrayEvent.waitEnd, partOf(PartKind.channel, c), state, 0)
    this.enter(c, ChannelState.moving)
  }
}

/** What the time in a state goes into; S2MM channels wait for words in `stream`. */
const causeOf: Readonly<Record<number, Cause>> = {
  [ChannelState.idle]: Cause.idle,
  [ChannelState.starting]: Cause.descriptor,
  [ChannelState.moving]: Cause.run,
  [ChannelState.lock]: Cause.lock,
  [ChannelState.stream]: Cause.streamFull,
  [ChannelState.stopped]: Cause.idle,
  [ChannelState.token]: Cause.token,
  [ChannelState.memory]: Cause.memory,
}

/** The level event of a state in which a channel waits. */
const stallOf: Readonly<Record<number, HwEvent>> = {
  [ChannelState.lock]: HwEvent.dmaLockStall,
  [ChannelState.stream]: HwEvent.dmaStreamStall,
  [ChannelState.token]: HwEvent.dmaTokenStall,
  [ChannelState.memory]: HwEvent.dmaMemoryStall,
}

function isBusy(state: number): boolean {
  return state !== ChannelState.idle && state !== ChannelState.stopped
}

function isWait(state: number): boolean {
  return stallOf[state] !== undefined
}
