/**
 * Device story: how the device came up, in which power state it is, what each layer of the stack has, and the way of
 * every buffer from a process to a tile. Read off the trace, the parts and the facts; changes nothing.
 */
import { reportedTops } from '../device/abi/array-info.ts'
import { power } from '../device/abi/power.ts'
import type { Machine } from '../machine/machine.ts'
import { bootSteps } from './boot-story.ts'
import type { AddressPath, DeviceNow, StackLayer } from './layout-protocol.ts'

const hex = (value: number) => `0x${value.toString(16)}`
const bytesOf = (value: number) =>
  value >= 1 << 20
    ? `${value / (1 << 20)} MiB`
    : value >= 1024
      ? `${value / 1024} KiB`
      : `${value} B`

/** Everything that the Device stage shows of this moment. */
export function deviceNow(machine: Machine): DeviceNow {
  return {
    ...bootSteps(machine),
    power: powerNow(machine),
    stack: stackOf(machine),
    paths: pathsOf(machine),
  }
}

function powerNow({ parts }: Machine): DeviceNow['power'] {
  const { device, driver, facts, management } = parts
  const mode = driver.powerMode
  const { level, levels, aieMHz, demandGops, arrayTops } = management.power.inspect()
  return {
    mode: Object.entries(power.modes).find(([, value]) => value === mode)?.[0] ?? String(mode),
    modes: Object.keys(power.modes),
    levels: levels.map(([npuMHz, arrayMHz], at) => ({
      level: at,
      npuMHz,
      arrayMHz,
      driverTops: reportedTops(device.columns, arrayMHz),
    })),
    level,
    clockMHz: aieMHz,
    demandGops,
    arrayTops,
    isUp: driver.inspectDevice().isUp && !driver.isSuspended(),
    state: driver.inspectPower()[0]?.state ?? 'unknown',
    isBusy: driver.inspectContexts().some(({ state }) => state === 'active'),
    autosuspendMs: facts.ticks.autosuspend / facts.ticksPerMicrosecond / 1000,
  }
}

/** Layers from the framework down; what is not emulated is there and says so. */
function stackOf(machine: Machine): StackLayer[] {
  const { parts, pkg } = machine
  const { driver, management, runtime } = parts
  const objects = runtime.inspect()
  const open = objects.clients.filter(({ file }) => file >= 0)
  const info = driver.inspectDevice()
  const held = management.contexts.inspectContexts().filter(({ loaded }) => loaded)
  return [
    {
      title: 'Framework',
      about: 'ONNX Runtime, PyTorch or TFLite would split a model and compile its parts.',
      isEmulated: false,
      objects: [],
    },
    {
      title: 'Compiled artefact',
      about: 'What the compilers hand to the runtime: core programs, control code, metadata.',
      isEmulated: true,
      objects: [
        { name: 'core programs', value: String(pkg.programs.size) },
        { name: 'control code', value: many(pkg.codes.length, 'command') },
        { name: 'tiles asked', value: String(pkg.numTiles) },
      ],
    },
    {
      title: 'Runtime',
      about: 'User space: what the host program calls, and the shim below it.',
      isEmulated: true,
      objects: [
        { name: 'processes', value: open.map(({ name }) => name).join(', ') || 'none' },
        { name: 'runs', value: String(objects.runs.filter(({ seq }) => seq >= 0).length) },
        { name: 'step', value: `${runtime.position()} of ${pkg.host.steps.length}` },
      ],
    },
    {
      title: 'Driver',
      about: 'The kernel: buffers, contexts, mailbox, interrupts.',
      isEmulated: true,
      objects: [
        { name: 'device', value: info.isUp ? 'up' : 'not up' },
        { name: 'contexts', value: String(driver.inspectContexts().length) },
        { name: 'buffer objects', value: String(driver.inspectBuffers().length) },
        { name: 'refusals', value: String(driver.inspectRefusals().length) },
      ],
    },
    {
      title: 'Device',
      about: 'Management firmware, microcontrollers, array.',
      isEmulated: true,
      objects: [
        { name: 'firmware', value: info.firmwareVersion },
        { name: 'uC firmware', value: info.certVersion },
        { name: 'partitions', value: String(management.contexts.inspectPartitions().length) },
        { name: 'contexts on columns', value: String(held.length) },
      ],
    },
  ]
}

const many = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`

/** The way of every named buffer that is there. */
function pathsOf({ parts }: Machine): AddressPath[] {
  const { driver, facts, runtime } = parts
  const views = driver.inspectBuffers()
  const { bos, clients } = runtime.inspect()
  return bos.flatMap((bo): AddressPath[] => {
    const file = clients.find(({ name }) => name === bo.client)?.file ?? -1
    const view = views.find((one) => one.handle === bo.handle && one.file === file)
    if (!view || bo.handle <= 0) return []
    const isMapped = view.address >= 0
    const isKnown = view.deviceAddress >= 0
    const missing = 'the process has not mapped it'
    return [
      {
        name: bo.name,
        owner: bo.client,
        steps: [
          {
            title: 'Process',
            value: isMapped ? hex(view.address) : '–',
            note: isMapped ? `mapped by ${bo.client}, ${bytesOf(view.sizeBytes)}` : missing,
            ok: isMapped,
          },
          {
            title: 'Host memory',
            value: view.physicalAddress >= 0 ? hex(view.physicalAddress) : '–',
            note: `${view.presentPages} of ${many(view.pages, 'page')} there, ${view.behind}`,
            ok: view.presentPages > 0 || view.pages === 0,
          },
          {
            title: 'Device address',
            value: isKnown ? hex(view.deviceAddress) : '–',
            note: isKnown ? `of kind ${view.kind}` : missing,
            ok: isKnown,
          },
          {
            title: 'In the array',
            value: isKnown ? hex(view.deviceAddress + facts.ddrOffset) : '–',
            note: `what a shim DMA is given: + ${hex(facts.ddrOffset)}`,
            ok: isKnown,
          },
          {
            title: 'IOMMU',
            value: view.mapping,
            note: faultOf(view.mapping),
            ok: view.mapping !== 'moved' && view.mapping !== 'created',
          },
        ],
      },
    ]
  })
}

function faultOf(mapping: string): string {
  switch (mapping) {
    case 'created':
      return 'an access of the device would fault: nothing maps it'
    case 'opened':
    case 'mapped':
      return 'an access of the device would fault until the pages are there'
    case 'moved':
      return 'the kernel has taken its pages elsewhere; the next command faults them in'
    case 'used':
      return 'the device has used it'
    case 'pinned':
      return 'kept for commands'
    default:
      return 'pages are there'
  }
}
