/** Speed: a logarithmic slider from one cycle a second to as fast as possible, with the achieved rate. */
import { compact } from '../canvas/format.ts'
import { topSpeed } from '../session/run.ts'
import { useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'

/** Notches of the slider below "unlimited". */
const notches = 70
const decades = Math.log10(topSpeed)

/** Cycles per second at a notch; the last one means no limit. */
export function speedAt(notch: number): number {
  if (notch >= notches + 1) return 0
  const exact = 10 ** ((notch / notches) * decades)
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(exact)) - 1)
  return Math.max(1, Math.round(exact / digits) * digits)
}

/** The notch nearest to a speed. */
export function notchOf(speed: number): number {
  if (speed === 0) return notches + 1
  return Math.min(notches, Math.max(0, Math.round((Math.log10(speed) / decades) * notches)))
}

export const speedWords = (speed: number) =>
  speed === 0 ? 'no limit' : `${compact(speed)} cycle${speed === 1 ? '' : 's'}/s`

export function SpeedSlider() {
  const speed = useWorkspace((state) => state.speed)
  const set = useWorkspace((state) => state.set)
  const running = useLive((state) => state.running)
  const rate = useLive((state) => Math.round(state.moment.rate))
  const achieved = running && rate > 0
  return (
    <label className="speed" data-tip="Speed; half and double with - and =">
      <span className="speed-words">
        <span>{achieved ? 'Runs at' : 'Speed'}</span>
        <span className="mono">{achieved ? speedWords(rate) : speedWords(speed)}</span>
      </span>
      <input
        type="range"
        aria-label="Speed"
        aria-valuetext={speedWords(speed)}
        min={0}
        max={notches + 1}
        step={1}
        value={notchOf(speed)}
        onChange={(event) => set({ speed: speedAt(Number(event.target.value)) })}
      />
    </label>
  )
}
