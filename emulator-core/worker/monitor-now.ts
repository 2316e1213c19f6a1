/** Monitor now: the uCs in the driver's own vocabulary, and figures of the device with how sure each is. */
import { ucIdleNames, ucMiscNames } from '../device/uc-facts.ts'
import { power } from '../device/abi/power.ts'
import type { Machine } from '../machine/machine.ts'
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
  const { driver, device, management, soc } = machine.parts
  const up = driver.inspectDevice()
  const clocks = management.power.inspect()
  const mode = management.inspect().powerMode
  const word = Object.entries(power.modes).find(([, value]) => value === mode)?.[0]
  const [hclkMHz = 0] = clocks.levels[clocks.level] ?? []
  const isUp = (text: string) => (up.isUp ? text : '–')
  const figure = (
    name: string,
    value: string,
    confidence: DeviceFigure['confidence'],
    note: string,
  ): DeviceFigure => ({ name, value, confidence, note })
  return [
    figure(
      'NPU Firmware Version',
      isUp(up.firmwareVersion),
      'modelled',
      'GET_INFO 8; a number of our own',
    ),
    figure(
      'CERT Firmware Version',
      isUp(up.certVersion),
      'modelled',
      'GET_INFO 14; a number of our own',
    ),
    figure('Topology', isUp(`${up.rows}x${up.columns}`), 'exact', 'GET_INFO 1, rows x columns'),
    figure('Power Mode', word ?? String(mode), 'exact', 'GET_INFO 9, as SET_STATE left it'),
    figure(
      'NPU H Clock',
      `${hclkMHz} MHz`,
      'modelled',
      `GET_INFO 3; level ${clocks.level} of the profile’s table`,
    ),
    figure('AIE Clock', `${clocks.aieMHz} MHz`, 'modelled', 'GET_INFO 3; what rates follow'),
    figure(
      'Total Power',
      `${(soc.sensors.milliwatts / 1000).toFixed(2)} W`,
      'modelled',
      'GET_INFO 4; illustrates, measures nothing',
    ),
    figure(
      'Temperature',
      `${soc.sensors.celsius.toFixed(1)} C`,
      'modelled',
      'GET_INFO 4; illustrates, measures nothing',
    ),
    ...Array.from({ length: device.columns }, (_, column) =>
      figure(
        `Column ${column} Utilization`,
        `${soc.sensors.utilization(column)} %`,
        'modelled',
        'share of the last 100 ms with a running context',
      ),
    ),
    figure('TOPS', clocks.driverTops.toFixed(0), 'exact', 'GET_INFO 12, as the driver computes it'),
  ]
}
