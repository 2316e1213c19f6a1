import { describe, expect, it } from 'vitest'
import { hostFacts } from '../device/host-facts.ts'
import { createSim } from '../sim/sim.ts'
import { Sensors } from './sensors.ts'

const facts = hostFacts('aie4')
const ms = facts.ticksPerMicrosecond * 1000

function build() {
  const sim = createSim()
  const sensors = new Sensors(sim, facts)
  const pass = (time: number): void => sim.schedule.advanceTo(sim.schedule.now + time * ms)
  return { sensors, pass }
}

describe('the sensors of the platform', () => {
  it('measure little power while nothing runs, and by columns and clock while something does', () => {
    const { sensors } = build()
    expect(sensors.milliwatts).toBe(50)
    sensors.setRunning(0, true)
    sensors.setRunning(2, true)
    expect(sensors.milliwatts).toBe(600)
    sensors.setClock(600)
    expect(sensors.milliwatts).toBe(450)
    sensors.setRunning(0, false)
    sensors.setRunning(2, false)
    expect(sensors.milliwatts).toBe(50)
  })

  it('know for which share of the last 100 ms each column ran', () => {
    const { sensors, pass } = build()
    pass(30.5)
    sensors.setRunning(1, true)
    pass(20)
    expect([0, 1].map((c) => sensors.utilization(c))).toEqual([0, 20])
    sensors.setRunning(1, false)
    pass(20)
    sensors.setRunning(1, true)
    pass(10)
    expect(sensors.utilization(1)).toBe(30)
    pass(1000)
    expect(sensors.utilization(1)).toBe(100)
    sensors.setRunning(1, false)
    pass(60)
    expect(sensors.utilization(1)).toBe(40)
    pass(100)
    expect(sensors.utilization(1)).toBe(0)
  })

  it('follow the power with a lag of five seconds in temperature', () => {
    const { sensors, pass } = build()
    pass(2000)
    expect(sensors.celsius).toBe(40)
    for (const column of [0, 1, 2]) sensors.setRunning(column, true)
    pass(5000)
    expect(sensors.celsius).toBe(53)
    pass(60_000)
    expect(sensors.celsius).toBe(60)
    for (const column of [0, 1, 2]) sensors.setRunning(column, false)
    pass(5000)
    expect(sensors.celsius).toBe(47)
  })
})
