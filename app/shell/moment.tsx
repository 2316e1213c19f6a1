/** The moment on screen: cycle since the first command, and the time that is on the device. */
import { useEffect } from 'react'
import { grouped } from '../canvas/format.ts'
import { useDocument } from '../stores/document.ts'
import { useLive } from '../stores/live.ts'

/** Device time of a number of cycles in words, always modelled: `≈ 3.34 µs at 1.2 GHz`. */
export function deviceTime(cycles: number, clockMHz: number): string {
  const microseconds = Math.abs(cycles) / clockMHz
  const [amount, unit] =
    microseconds < 1
      ? [microseconds * 1000, 'ns']
      : microseconds < 1000
        ? [microseconds, 'µs']
        : microseconds < 1e6
          ? [microseconds / 1000, 'ms']
          : [microseconds / 1e6, 's']
  const digits = amount < 10 ? 2 : amount < 100 ? 1 : 0
  const clock = clockMHz >= 1000 ? `${Number((clockMHz / 1000).toFixed(2))} GHz` : `${clockMHz} MHz`
  return `≈ ${cycles < 0 ? '−' : ''}${amount.toFixed(digits)} ${unit} at ${clock}`
}

export function MomentReadout() {
  const cycle = useLive((state) => state.moment.tick - state.moment.origin)
  const clockMHz = useLive((state) => state.scene?.device.clockMHz)
  const building = useLive((state) => state.building)
  const project = useDocument((state) => state.id)
  useEffect(() => {
    document.title = clockMHz ? `Cycle ${grouped(cycle)} – ${project} – Tilescope` : 'Tilescope'
  }, [cycle, clockMHz, project])
  return (
    <div className="moment" data-testid="moment">
      <div className="moment-cycle">
        <span className="quiet small">Cycle</span>
        <strong>{clockMHz ? grouped(cycle) : '–'}</strong>
      </div>
      <div className="moment-time">
        {clockMHz
          ? deviceTime(cycle, clockMHz)
          : building
            ? 'Building the project'
            : 'nothing loaded'}
      </div>
    </div>
  )
}
