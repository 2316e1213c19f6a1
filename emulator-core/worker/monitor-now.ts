/** Monitor now: the uCs in the driver's own vocabulary, and figures of the device with how sure each is. */
import { ucIdleNames, ucMiscNames } from '../device/uc-facts.ts'
import { power } from '../device/abi/power.ts'
import type { Machine } from '../machine/machine.ts'
import { DriverEvent } from '../machine/vocabulary.ts'
import type { DeviceFigure, MonitorNow, UcHealthNow } from './host-answers.ts'

const bits = (names: readonly (readonly [string, number])[], word: number): string[] =>
  names.filter(([, bit]) => (word & bit) !== 0).map(([name]) => name)

export function monitorNow(machine: Machine): MonitorNow {
  const { cert, driver } = machine.parts
  const ucs = Array.from({ length: cert.ucCount }, (_, uc): UcHealthNow => {
    const { context, stateName, health } = cert.inspect(uc)
    return {
      uc,
      context,
      state: health.state,
      stateName,
      page: health.page,
      offset: health.offset,
      idle: health.idle,
      idleNames: bits(ucIdleNames, health.idle),
      misc: health.misc,
      miscNames: bits(ucMiscNames, health.misc),
      exceptionStatus: health.exceptionStatus,
      exceptionAddress: health.exceptionAddress,
      pc: health.exceptionPc,
      why: context < 0 ? '' : (cert.explainWait(uc) ?? ''),
    }
  })
  const last = driver.inspectLastError()
  return {
    tick: machine.now,
    ucs,
    figures: figuresOf(machine),
    lastError: last
      ? `code 0x${last.code.toString(16)}, extra 0x${last.extra.toString(16)}, ${last.timestampUs} µs`
      : '',
  }
}

function figuresOf(machine: Machine): DeviceFigure[] {
  const { driver, facts, device } = machine.parts
  const up = driver.inspectDevice()
  const mode = powerMode(machine)
  return [
    {
      name: 'NPU Firmware Version',
      value: up.isUp ? up.firmwareVersion : '–',
      confidence: 'modelled',
      note: 'GET_INFO 8; the number is the emulator’s own',
    },
    {
      name: 'CERT Firmware Version',
      value: up.isUp ? up.certVersion : '–',
      confidence: 'modelled',
      note: 'GET_INFO 14; the number is the emulator’s own',
    },
    {
      name: 'Topology',
      value: up.isUp ? `${up.rows}x${up.columns}` : '–',
      confidence: 'exact',
      note: 'rows x columns, from the tile info reply',
    },
    {
      name: 'Power Mode',
      value: mode,
      confidence: 'exact',
      note: 'GET_INFO 9',
    },
    {
      name: 'NPU H Clock',
      value: `${device.clock.hclkMHz} MHz`,
      confidence: 'modelled',
      note: 'GET_INFO 3; no mode changes it',
    },
    {
      name: 'One microsecond',
      value: `${facts.ticksPerMicrosecond} cycles`,
      confidence: 'modelled',
      note: 'of the array clock',
    },
  ]
}

/** The power mode as the last accepted SET_STATE left it. */
function powerMode({ parts }: Machine): string {
  const { trace } = parts.sim
  let mode = 0
  for (let i = trace.position - 1; i >= trace.first; i--) {
    if (trace.wordOf(i, 0) !== DriverEvent.stateSet) continue
    if (trace.wordOf(i, 2) !== power.setState.powerMode) continue
    mode = trace.wordOf(i, 3)
    break
  }
  return Object.entries(power.modes).find(([, value]) => value === mode)?.[0] ?? String(mode)
}
