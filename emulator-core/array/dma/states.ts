/** States: what each channel is doing and since when; waits are told to the trace. */
import { PartKind, partOf } from '../../device/parts.ts'
import type { Sim } from '../../sim/sim.ts'
import { ArrayEvent } from '../events.ts'
import { type Channels, ChannelState, Pending } from './channels.ts'

export class States {
  private readonly sim: Sim
  private readonly channels: Channels

  constructor(sim: Sim, channels: Channels) {
    this.sim = sim
    this.channels = channels
  }

  /** Every change of state passes here. */
  enter(c: number, state: ChannelState): void {
    if (this.channels.state[c] === state) return
    this.channels.state[c] = state
    this.channels.since[c] = this.sim.schedule.now
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

function isWait(state: number): boolean {
  return (
    state === ChannelState.lock || state === ChannelState.stream || state === ChannelState.token
  )
}
