/** The moment on screen: cycle since the first command, and the time that is on the device. */
import { useEffect, useRef, useState } from 'react'
import { grouped } from '../canvas/format.ts'
import { useDocument } from '../stores/document.ts'
import { useLive } from '../stores/live.ts'
import { useAsk } from '../widgets/use-ask.ts'

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
  const [open, setOpen] = useState(false)
  const anchor = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    const outside = (event: Event) => {
      if (!anchor.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [open])
  return (
    <div
      className="moment-anchor"
      ref={anchor}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setOpen(false)
      }}
    >
      <button
        type="button"
        className="moment"
        data-testid="moment"
        data-tip="Details of this moment"
        aria-expanded={open}
        aria-controls="moment-details"
        onClick={() => setOpen(!open)}
      >
        <span className="moment-cycle">
          <span className="quiet small">Cycle</span>
          <strong className={Math.abs(cycle) >= 1e7 ? 'long' : ''}>
            {clockMHz ? grouped(cycle) : '–'}
          </strong>
        </span>
        <span className="moment-time">
          {clockMHz
            ? deviceTime(cycle, clockMHz)
            : building
              ? 'Building the project'
              : 'nothing loaded'}
        </span>
      </button>
      {open && <MomentDetails />}
    </div>
  )
}

/** What identifies the moment: its checksum is the same on every machine and along every way to it. */
function MomentDetails() {
  const tick = useLive((state) => state.moment.tick)
  const origin = useLive((state) => state.moment.origin)
  const epoch = useLive((state) => state.epoch)
  const running = useLive((state) => state.running)
  const answer = useAsk('checksum', running ? undefined : {}, `${epoch} ${tick} ${running}`)
  return (
    <div className="popover moment-details" id="moment-details" role="group" aria-label="Moment">
      <dl>
        <dt>Checksum</dt>
        <dd className="mono" data-testid="checksum">
          {answer?.tick === tick && answer.checksum !== '' ? answer.checksum : '…'}
        </dd>
        <dt>Since power-on</dt>
        <dd>{grouped(tick)} cycles</dd>
        <dt>First command</dt>
        <dd>at {grouped(origin)}, cycle 0</dd>
      </dl>
      <p className="quiet small">
        The same project gives the same checksum at this moment on every machine and engine,
        forwards and backwards.
      </p>
    </div>
  )
}
