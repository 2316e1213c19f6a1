import { describe as suite, expect, it } from 'vitest'
import { eventOffset } from '../device/event-offsets.ts'
import { tileAddress } from '../device/geometry.ts'
import { eventModules, eventNumber } from '../device/hw-events.ts'
import { describe } from '../device/profiles.ts'
import { EventRegister } from '../device/registers/events.ts'
import { TileKind } from '../device/tiles.ts'
import { CertEvent } from '../firmware/cert/events.ts'
import { Machine } from '../machine/machine.ts'
import { buildProject } from './build.ts'
import { drain } from './pump.ts'

const device = describe('aie4')
const moments = ['START_TASK', 'START_BD', 'FINISHED_BD', 'FINISHED_TASK', 'RUNNING']
const names = (side: string) => moments.map((moment) => `UC_DMA_DM2MM_${side}_${moment}`)

/** Address of an event register of the shim's first half. */
const register = (column: number, kind: EventRegister, index: number) =>
  tileAddress(device, column, 0, eventOffset(device, TileKind.shim, 0, kind, index))

/** Lets the counters of a shim count the uC-DMA's events of one side, the last one its cycles. */
function countAll(column: number, side: string): string[] {
  const [module] = eventModules(device, TileKind.shim)
  const ids = names(side).map((name) => eventNumber(module!, name))
  return [0, 2, 4].map((c) => {
    const pair = [ids[c]!, ids[c + 1] ?? 0]
    const word = (pair[0]! * 0x101 + pair[1]! * 0x101_0000) >>> 0
    return `WRITE_32 0x${register(column, EventRegister.counterEvents, c / 2).toString(16)}, ${word}`
  })
}

const counted = (machine: Machine, column: number) =>
  moments.map((_, c) => machine.parts.array.read32(register(column, EventRegister.counter, c)))

/** Runs a program of one controller, with chains of three, of one and of a broken descriptor. */
function run(uc: number, ...lines: readonly string[]): Machine {
  const to = `0x${tileAddress(device, 0, 1, 0x100000).toString(16)}`
  const bd = (next: number, words: number) => `UC_DMA_BD 0, ${to}, @data, ${words}, 0, ${next}`
  const text = [
    `.attach_to_group ${uc}`,
    '.partition 3column',
    'START_JOB 0',
    ...lines,
    'END_JOB',
    'EOF',
    '.align 16',
    'three:',
    bd(1, 20),
    bd(1, 4),
    bd(0, 40),
    '.align 16',
    'one:',
    bd(0, 8),
    '.align 16',
    'beyond:',
    bd(0, 4000),
    'data:',
    ...Array.from({ length: 40 }, (_, i) => `.long ${i}`),
    '',
  ]
  const others = uc === 0 ? {} : { '0': 'lead.asm' }
  const lead = '.attach_to_group 0\n.partition 3column\nSTART_JOB 0\nEND_JOB\nEOF\n'
  const project = { device: 'aie4', control: { ...others, [uc]: 'uc.asm' }, args: [] }
  const files = new Map([
    ['project.json', JSON.stringify(project)],
    ['uc.asm', text.join('\n')],
    ['lead.asm', lead],
  ])
  const { pkg, diagnostics } = buildProject(files)
  expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([])
  const machine = new Machine(pkg!)
  drain(machine.run(1e8))
  return machine
}

/** Cycles between the begin and the end of the chains of a controller that has one at a time. */
function cyclesOfChains(machine: Machine, uc: number): number {
  const { trace } = machine.parts.sim
  let cycles = 0
  for (let i = trace.first; i < trace.position; i++) {
    const { kind, part, tick } = trace.record(i)
    if (part === uc && kind === CertEvent.dmaStart) cycles -= tick
    if (part === uc && kind === CertEvent.dmaEnd) cycles += tick
  }
  return cycles
}

suite('events of the uC-DMA', () => {
  it('tell begin and end of every chain and descriptor, and the cycles between', () => {
    const chains = ['UC_DMA_WRITE_DES_SYNC @three', 'UC_DMA_WRITE_DES_SYNC @one']
    const machine = run(0, ...countAll(0, 'A'), ...chains)
    const cycles = cyclesOfChains(machine, 0)
    expect(cycles).toBeGreaterThan(72)
    expect(counted(machine, 0)).toEqual([2, 4, 4, 2, cycles])
  })

  it('say nothing between two chains that follow one another at once', () => {
    const chains = ['UC_DMA_WRITE_DES $r0, @three', 'UC_DMA_WRITE_DES_SYNC @one']
    const machine = run(0, ...countAll(0, 'A'), ...chains)
    expect(counted(machine, 0)).toEqual([2, 4, 4, 2, cyclesOfChains(machine, 0)])
  })

  it('belong to the column and the half of the controller', () => {
    const watch = [...countAll(0, 'A'), ...countAll(1, 'B'), ...countAll(2, 'A')]
    const machine = run(3, ...watch, 'UC_DMA_WRITE_DES_SYNC @one')
    expect(counted(machine, 0)).toEqual([0, 0, 0, 0, 0])
    expect(counted(machine, 1)).toEqual([1, 1, 1, 1, cyclesOfChains(machine, 3)])
    expect(counted(machine, 2)).toEqual([0, 0, 0, 0, 0])
    expect(counted(run(3, ...countAll(1, 'A'), 'UC_DMA_WRITE_DES_SYNC @one'), 1)).toEqual([
      0, 0, 0, 0, 0,
    ])
  })

  it('end with a chain that fails, without its end', () => {
    const beyond = ['UC_DMA_WRITE_DES_SYNC @beyond']
    const machine = run(0, ...countAll(0, 'A'), ...beyond)
    const [startTask, startBd, finishedBd, finishedTask, running] = counted(machine, 0)
    expect([startTask, startBd, finishedBd, finishedTask]).toEqual([1, 0, 0, 0])
    machine.parts.sim.schedule.runUntil(machine.now + 1000)
    expect(counted(machine, 0)[4]).toBe(running)
  })

  it('are the same on the way from any moment to the same end', () => {
    const machine = run(0, ...countAll(0, 'A'), 'UC_DMA_WRITE_DES_SYNC @three')
    const [end, sum] = [machine.now, machine.checksum()]
    for (const back of [1, 30, 100, 1000, 20_000]) {
      drain(machine.seek({ tick: end - back }))
      drain(machine.run(1e8))
      expect([machine.now, machine.checksum()]).toEqual([end, sum])
    }
  })
})
