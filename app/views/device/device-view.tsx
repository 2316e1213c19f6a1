/** The device stage: how it came up, its power, questions to the driver, the layers of the stack, ways of addresses. */
import { useState, type ComponentType } from 'react'
import type { Replies } from '../../../emulator-core/worker/protocol.ts'
import { useFramePace } from '../../canvas/surface.tsx'
import { useLive } from '../../stores/live.ts'
import { Tabs } from '../../widgets/tabs.tsx'
import { useAsk } from '../../widgets/use-ask.ts'
import { AddressPaths } from './address-paths.tsx'
import { BootStrip } from './boot-strip.tsx'
import { Explorer } from './explorer.tsx'
import { Power } from './power.tsx'
import { StackMap } from './stack-map.tsx'
import './device.css'

export type DeviceNow = NonNullable<Replies['device']['device']>

export interface PartProps {
  readonly device: DeviceNow
}

type PartId = 'boot' | 'ask' | 'power' | 'stack' | 'addresses'

const parts: readonly { readonly id: PartId; readonly title: string }[] = [
  { id: 'boot', title: 'Boot' },
  { id: 'ask', title: 'Ask the driver' },
  { id: 'power', title: 'Power' },
  { id: 'stack', title: 'Stack' },
  { id: 'addresses', title: 'Addresses' },
]

const bodies: Readonly<Record<PartId, ComponentType<PartProps>>> = {
  boot: BootStrip,
  ask: Explorer,
  power: Power,
  stack: StackMap,
  addresses: AddressPaths,
}

const panel = 'device-panel'
const nothing = {}

/** What the device stage shows, as of the moment on screen. */
function useDevice(): DeviceNow | undefined {
  const epoch = useLive((state) => state.epoch)
  const running = useLive((state) => state.running)
  const rest = useLive(({ running: runs, moment }) => (runs ? -1 : moment.tick + moment.event))
  const pace = useFramePace(1)
  return useAsk('device', nothing, `${epoch}:${rest}:${running ? pace : ''}`)?.device
}

export function DeviceView() {
  const [part, setPart] = useState<PartId>('boot')
  const device = useDevice()
  const building = useLive((state) => state.building)
  const hasScene = useLive((state) => state.scene !== undefined)
  if (!device) {
    return building || hasScene ? (
      <div className="device-stage" role="status" aria-label="Building">
        <div className="skeleton" style={{ height: 120 }} />
      </div>
    ) : (
      <div className="empty">
        <h2>No device yet</h2>
        <p>A device comes up when a project is built. Press Run to build the sources.</p>
      </div>
    )
  }
  const Body = bodies[part]
  return (
    <div className="device-stage">
      <div className="device-head">
        <Figures />
        <Tabs
          label="Parts of the device stage"
          tabs={parts}
          chosen={part}
          choose={setPart}
          panel={panel}
        />
      </div>
      <div
        className="device-body"
        id={panel}
        role="tabpanel"
        aria-labelledby={`${panel}-tab-${part}`}
        // Part of the page that scrolls: keys must reach it.
        tabIndex={0}
      >
        <Body device={device} />
      </div>
    </div>
  )
}

/** The loaded profile in one line. */
function Figures() {
  const device = useLive((state) => state.scene?.device)
  if (!device) return null
  const { title, columns, rows, ucPerColumn, queueSlots } = device
  return (
    <p className="device-figures">
      <b>{title}</b>
      <span className="quiet">
        {columns} columns × {rows} rows, {ucPerColumn * columns} microcontrollers, queues of{' '}
        {queueSlots}
      </span>
    </p>
  )
}
