/** Stand-in for the uCs: pops packets, lets a test do their work, writes the completion and moves read_index. */
import { command } from '../../device/abi/command.ts'
import { hostQueue, packetOffset } from '../../device/abi/host-queue.ts'
import type { UcControl, UcSetup } from '../../firmware/management/connections.ts'
import { never } from '../../sim/scheduler.ts'
import type { Sim } from '../../sim/sim.ts'
import type { MemoryBus } from '../../soc/bus.ts'

const contexts = 128

export interface FakeUcOptions {
  /** Ticks from doorbell or previous packet to completion; Infinity never completes. */
  readonly serviceTicks: number
  /** Work of a packet at a device address of an owner; answers the completion word. */
  readonly work: (context: number, pasid: number, packet: number) => number
}

export const completeAll: FakeUcOptions = {
  serviceTicks: 5000,
  work: () => command.state.completed,
}

export interface FakeUcs extends UcControl {
  /** "context: uc,uc" for every attach, in order. */
  readonly attached: string[]
}

/** Makes fake uCs; `memory` and `completed` are looked up when they are needed. */
export function createFakeUcs(
  sim: Sim,
  options: FakeUcOptions,
  memory: () => MemoryBus,
  completed: (context: number) => void,
): FakeUcs {
  const due = sim.state.f64('fake.due', contexts).fill(never)
  const queue = sim.state.f64('fake.queue', contexts)
  const pasid = sim.state.i32('fake.pasid', contexts)
  const popped = sim.state.f64('fake.popped', contexts)
  const attached: string[] = []

  const arm = (): void => {
    const next = due.reduce((least, tick) => Math.min(least, tick), never)
    if (next === never) sim.schedule.cancel(slot)
    else sim.schedule.at(slot, next)
  }
  const finish = (context: number): void => {
    const bus = memory()
    const owner = pasid[context]
    const at = queue[context]
    const packet = at + packetOffset(popped[context] % hostQueue.capacity)
    const word = options.work(context, owner, packet)
    bus.write32(
      owner,
      bus.read32(owner, packet + hostQueue.packet.completion) +
        bus.read32(owner, packet + hostQueue.packet.completion + 4) * 2 ** 32,
      word,
    )
    popped[context]++
    const more = bus.read32(owner, packet) >>> 24
    if (more === 0) bus.write32(owner, at + hostQueue.readIndex, popped[context])
    const left = bus.read32(owner, at + hostQueue.writeIndex) > popped[context]
    due[context] = left ? sim.schedule.now + options.serviceTicks : never
    if (more === 0) completed(context)
  }
  const slot = sim.schedule.slot('fake.ucs', () => {
    for (let context = 0; context < contexts; context++) {
      if (due[context] <= sim.schedule.now) finish(context)
    }
    arm()
  })

  return {
    attached,
    attach(context: number, setup: UcSetup): void {
      attached.push(`${context}: ${setup.ucs.join()}`)
      queue[context] = setup.queueAddress
      pasid[context] = setup.pasid
      popped[context] = memory().read32(setup.pasid, setup.queueAddress + hostQueue.readIndex)
    },
    detach(context: number): void {
      due[context] = never
      arm()
    },
    doorbell(context: number): void {
      if (due[context] === never) due[context] = sim.schedule.now + options.serviceTicks
      arm()
    },
  }
}
