import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFolder } from './cli/files.ts'
import { SliceState } from './frame.ts'
import { drain } from './pump.ts'
import { Lane } from './lane.ts'
import { Studio } from './studio.ts'

const folder = 'public/examples'
const examples = readdirSync(folder, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name)
  // A host program alone submits no command: nothing happens on the lanes.
  .filter((name) => {
    const project = String(readFolder(`${folder}/${name}`).get('project.json'))
    return project.includes('"design"') || project.includes('"control"')
  })

interface Slice {
  readonly start: number
  readonly end: number
  readonly state: number
  readonly label: number
}

function slicesOf(numbers: Float64Array): Slice[] {
  return Array.from({ length: numbers.length / 4 }, (_, i) => {
    const [start, end, state, label] = numbers.subarray(i * 4, i * 4 + 4)
    return { start: start!, end: end!, state: state!, label: label! }
  })
}

describe('a lane', () => {
  const event = fc.tuple(fc.nat(50), fc.integer({ min: -1, max: 4 }))

  it('holds slices in order that never overlap, and finds the one at a moment', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const lane = new Lane()
        const states: number[] = []
        let tick = 0
        for (const [wait, state] of events) {
          tick += wait
          lane.next(tick, state, -1)
          // What a lane is in at each moment, tick by tick.
          for (let t = tick; t < tick + 60; t++) states[t] = state
        }
        const found = slicesOf(lane.numbers.subarray(0, lane.count * 4))
        for (let i = 1; i < found.length; i++)
          expect(found[i]!.start).toBeGreaterThanOrEqual(found[i - 1]!.end)
        for (let t = 0; t < tick + 5; t++) {
          const at = lane.at(t)
          expect(at < 0 ? -1 : found[at]!.state, `at ${t}`).toBe(states[t] ?? -1)
        }
        const run = Array.from({ length: tick }, (_, t) => t).filter(
          (t) => states[t] === SliceState.run,
        )
        expect(lane.timeIn(SliceState.run, 0, tick)).toBe(run.length)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the slices of a run', () => {
  it.each(examples)(
    'of %s lie in order on every lane of the scene, with labels that exist',
    (name) => {
      const studio = new Studio(readFolder(`${folder}/${name}`), name, undefined)
      const machine = studio.machine!
      drain(machine.run(1e7))
      studio.slices.follow(machine.parts.sim.trace)
      const ids = studio.index!.scene.lanes.map((l) => l.id)
      for (const { lane, numbers, labels } of studio.slices.query(
        ids,
        0,
        machine.now,
        machine.now,
      )) {
        const found = slicesOf(numbers)
        expect(found.length, lane).toBeGreaterThan(0)
        found.forEach((slice, i) => {
          expect(slice.end, lane).toBeGreaterThan(slice.start - 1)
          expect(slice.start, lane).toBeGreaterThanOrEqual(found[i - 1]?.end ?? 0)
          expect(slice.label, lane).toBeLessThan(labels.length)
        })
      }
    },
  )

  it('that touch a range are those of the whole run that touch it', () => {
    const studio = new Studio(readFolder(`${folder}/vector-add`), 'x', undefined)
    const machine = studio.machine!
    drain(machine.run(1e7))
    studio.slices.follow(machine.parts.sim.trace)
    const lane = 'tile[0,2].core'
    const all = slicesOf(studio.slices.query([lane], 0, machine.now, machine.now)[0]!.numbers)
    const span = fc.tuple(fc.integer({ min: machine.origin, max: machine.now }), fc.nat(3000))
    fc.assert(
      fc.property(span, ([from, length]) => {
        const some = slicesOf(
          studio.slices.query([lane], from, from + length, machine.now)[0]!.numbers,
        )
        const wanted = all.filter((s) => s.end >= from && s.start <= from + length)
        expect(some.map((s) => s.start)).toEqual(wanted.map((s) => s.start))
      }),
      { numRuns: 50 },
    )
  })

  it('of a lane that does not exist are none, whatever the range', () => {
    const studio = new Studio(readFolder(`${folder}/vector-add`), 'x', undefined)
    for (const [from, to] of [
      [0, 1e9],
      [5, -5],
      [Number.NaN, 1],
    ] as const) {
      expect(studio.slices.query(['moon'], from, to, 0)).toEqual([
        { lane: 'moon', numbers: new Float64Array(0), labels: [] },
      ])
    }
  })
})
