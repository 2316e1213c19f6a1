/** Live regions: what happened, spoken once. Politely at most once a second; faults at once. */
import { useEffect, useRef, useState } from 'react'
import { grouped } from '../canvas/format.ts'
import { useLive } from '../stores/live.ts'

const spacingMs = 1000
const urgentKinds = new Set(['fault', 'deadlock', 'bug', 'refused', 'mismatch'])

export function Announcer() {
  const running = useLive((state) => state.running)
  const stop = useLive((state) => state.stop)
  const cycle = useLive((state) => state.moment.tick - state.moment.origin)
  const sentence = useLive((state) => state.narration[state.narrationNow]?.text)
  const urgent = stop && urgentKinds.has(stop.kind) && !running ? stop.message : ''
  const wanted = running
    ? 'Running'
    : [stop?.message, sentence && `Cycle ${grouped(cycle)}. ${sentence}`].filter(Boolean).join(' ')
  const polite = useSpaced(urgent ? '' : wanted)
  return (
    <div className="sr">
      <div role="status" aria-live="polite" data-testid="status">
        {polite}
      </div>
      <div role="alert" aria-live="assertive">
        {urgent}
      </div>
    </div>
  )
}

/** The newest text, but never more than one a second. */
function useSpaced(text: string): string {
  const [said, setSaid] = useState('')
  const saidAt = useRef(0)
  useEffect(() => {
    const wait = Math.max(0, saidAt.current + spacingMs - performance.now())
    const timer = setTimeout(() => {
      saidAt.current = performance.now()
      setSaid(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text])
  return said
}
