import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotState } from '../../../emulator-core/worker/frame.ts'
import { frameAt, origin, slicesOf } from '../../canvas/test-kit/moment.ts'
import { makeScene } from '../../canvas/test-kit/scene.ts'
import { causalSteps, phaseAt, writesOf } from './causal.ts'
import { foldZeros, sectionsFor } from './decoder.tsx'
import { diagnose, packetsOf, queueOf, type QueueMoment } from './packets.ts'
import { angleOf, glyphPlace, inner, onCircle, outer, useArc, wedge } from './ring-geometry.ts'

const scene = makeScene(3)
const lanes = slicesOf(
  scene,
  0,
  30_000,
  scene.lanes.map(({ id }) => id),
)

const ring = (
  read: number,
  write: number,
  states: Partial<Record<number, number>>,
): QueueMoment => ({
  slots: 32,
  read,
  write,
  doorbells: 1,
  states: Array.from({ length: 32 }, (_, slot) => states[slot] ?? SlotState.empty),
})

describe('the ring', () => {
  it('starts at the top and goes clockwise', () => {
    expect(onCircle(angleOf(0, 32), 100)).toMatchObject({ x: 0, y: -100 })
    expect(onCircle(angleOf(8, 32), 100).x).toBeCloseTo(100)
  })

  it('draws every slot between its two radii, apart from the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 256 }), fc.nat(255), (slots, n) => {
        const slot = n % slots
        const { x, y } = glyphPlace(slot, slots)
        expect(Math.hypot(x, y)).toBeGreaterThan(inner)
        expect(Math.hypot(x, y)).toBeLessThan(outer)
        expect(wedge(slot, slots)).not.toBe(wedge((slot + 1) % slots, slots))
      }),
    )
  })

  it('has an arc over what is in use and none when nothing is', () => {
    expect(useArc(5, 5, 32)).toBe('')
    expect(useArc(0, 4, 32)).toContain('A82 82 0 0 1')
    expect(useArc(0, 20, 32)).toContain('A82 82 0 1 1')
  })
})

describe('packets of the ring', () => {
  it('are numbered through wrap-around, newest first', () => {
    const rows = packetsOf(
      ring(66, 70, {
        2: SlotState.running,
        3: SlotState.rung,
        4: SlotState.rung,
        5: SlotState.written,
        1: SlotState.completed,
      }),
    )
    expect(rows.map(({ index, slot }) => [index, slot])).toEqual([
      [69, 5],
      [68, 4],
      [67, 3],
      [66, 2],
      [65, 1],
    ])
  })

  it('include one that lies in a slot before the index says so', () => {
    expect(packetsOf(ring(0, 0, { 0: SlotState.written }))).toEqual([
      { index: 0, slot: 0, state: SlotState.written },
    ])
  })

  it('come from the frame', () => {
    const queue = queueOf(frameAt(scene, 4010), 32)
    expect(queue).toMatchObject({ read: 1, write: 1, doorbells: 1 })
    expect(packetsOf(queue)).toEqual([{ index: 0, slot: 0, state: SlotState.running }])
  })
})

describe('what is wrong with a queue', () => {
  it('is said by name', () => {
    expect(diagnose(ring(0, 0, {}))).toBe('')
    expect(
      diagnose(
        ring(0, 32, Object.fromEntries(Array.from({ length: 32 }, (_, i) => [i, SlotState.rung]))),
      ),
    ).toContain('full')
    expect(diagnose(ring(0, 1, { 0: SlotState.written }))).toContain('doorbell')
    expect(diagnose(ring(0, 2, { 0: SlotState.rung }))).toContain('no packet')
    expect(diagnose(ring(3, 2, {}))).toContain('ahead')
    expect(diagnose(ring(0, 1, { 0: SlotState.running }))).toBe('')
  })
})

describe('how a packet got here', () => {
  const steps = causalSteps(scene, lanes, 0)

  it('is a chain without holes from the host’s write to its waking', () => {
    expect(steps.map(({ name }) => name)).toEqual([
      'Host write',
      'Doorbell',
      'uC fetch',
      'Set up',
      'First data',
      'Cores',
      'Completion',
      'Host wake',
    ])
    for (let i = 1; i < steps.length; i++) expect(steps[i]!.from).toBe(steps[i - 1]!.to)
    for (const { from, to } of steps) expect(to).toBeGreaterThanOrEqual(from)
  })

  it('finds the writing of a packet and nothing for one that was never written', () => {
    expect(writesOf(scene, lanes)).toEqual([origin + 140])
    expect(causalSteps(scene, lanes, 1)).toEqual([])
    expect(causalSteps(scene, [], 0)).toEqual([])
  })

  it('takes the doorbell for the writing when both fell into one cycle', () => {
    const queue = scene.lanes.find(({ group }) => group === 'queue')!.id
    const slices = {
      lane: queue,
      numbers: Float64Array.from([100, 400, 0, 0, 500, 520, 1, 1, 520, 900, 0, 0]),
      labels: ['rung', 'written'],
    }
    expect(writesOf(scene, [slices])).toEqual([100, 500])
    expect(causalSteps(scene, [slices], 0)[1]).toMatchObject({ from: 100, to: 100 })
  })

  it('begins and ends each step in the very cycle of its record', () => {
    for (const step of steps) {
      expect(phaseAt(step, step.from - 1)).toBe('todo')
      expect(phaseAt(step, step.to)).toBe('done')
      if (step.to > step.from) expect(phaseAt(step, step.to - 1)).toBe('now')
    }
  })

  it('splits at any moment into what is over, what happens now and what is to come', () => {
    fc.assert(
      fc.property(fc.integer({ min: origin, max: origin + 8000 }), (tick) => {
        const phases = steps.map((step) => phaseAt(step, tick))
        const order = { done: 0, now: 1, todo: 2 }
        const ranks = phases.map((phase) => order[phase])
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
        expect(phases.filter((phase) => phase === 'now').length).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('the decoder', () => {
  const section = (title: string) => ({ title, rows: [] })

  it('shows the section of the chosen slot, else those of the queue', () => {
    const sections = [section('Queue'), section('Packet 3'), section('Slot 13')]
    expect(sectionsFor(sections, 3).map(({ title }) => title)).toEqual(['Packet 3'])
    expect(sectionsFor(sections, 13).map(({ title }) => title)).toEqual(['Slot 13'])
    expect(sectionsFor(sections, 7).map(({ title }) => title)).toEqual(['Queue'])
  })

  it('folds unnamed zero words at the end into one row and keeps named ones', () => {
    const row = (name: string, value: string, note = '') => ({ name, value, note })
    const rows = [
      row('00', '00010000'),
      row('04', '00000000', 'count'),
      row('08', '00000000'),
      row('0c', '00000000'),
    ]
    expect(foldZeros(rows).map(({ name }) => name)).toEqual(['00', '04', '08 – 0c'])
    expect(foldZeros(rows.slice(0, 3))).toHaveLength(3)
    expect(foldZeros([])).toEqual([])
  })
})
