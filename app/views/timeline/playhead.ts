/** The playhead on screen: pill, line, veil and the mark on the mini-map. */
import { useEffect, type RefObject } from 'react'
import { Header } from '../../../emulator-core/worker/frame.ts'
import { latestFrame, subscribeFrame } from '../../session/frames.ts'
import { grouped } from '../../canvas/format.ts'
import { pageLoop } from '../../canvas/loop.ts'
import { clamp } from '../../canvas/shape.ts'
import type { MapScale, Window } from './window.ts'

/** Width of a digit on the pill and of what surrounds the number, in px. */
const pillDigit = 7
/** Pixels beyond the plot that belong to the dock: the pill may lie there, and no further. */
const pillOverhang = 14
const pillRim = 22

/** Moves the playhead with every frame, without React. `shows` is false while a table stands in its place. */
export function usePlayhead(
  box: RefObject<HTMLDivElement | null>,
  shows: boolean,
  window: Window,
  left: number,
  right: number,
  scale: MapScale,
): void {
  useEffect(() => {
    const find = (name: string) => box.current?.querySelector<HTMLElement>(`.timeline-${name}`)
    const [line, veil, handle, mapMark] = [
      find('line'),
      find('veil'),
      find('pill'),
      find('map-mark'),
    ]
    if (!shows || !line || !veil || !handle || !mapMark) return
    const place = () => {
      const frame = latestFrame()
      if (!frame) return
      const tick = frame.header[Header.tick] ?? 0
      const x = left + ((tick - window.from) / (window.to - window.from)) * (right - left)
      const inside = x >= left - 0.5 && x <= right + 0.5
      const text = grouped(tick - (frame.header[Header.origin] ?? 0))
      if (handle.textContent !== text) handle.textContent = text
      line.style.transform = `translateX(${Math.round(x) - 1}px)`
      line.style.visibility = inside ? 'visible' : 'hidden'
      // Outside the window the pill waits at the rim, whole, and points the way.
      const half = (text.length * pillDigit + pillRim) / 2
      const at = clamp(
        x,
        left + (x < left ? half : 0),
        right - half + (x > right ? 0 : pillOverhang),
      )
      handle.style.transform = `translateX(${Math.round(at)}px) translateX(-50%)`
      handle.dataset['outside'] = x < left ? 'left' : x > right ? 'right' : ''
      const veilFrom = clamp(x, left, right)
      veil.style.left = `${veilFrom}px`
      veil.style.width = `${Math.max(0, right - veilFrom)}px`
      mapMark.style.transform = `translateX(${Math.round(scale.x(tick)) - 1}px)`
    }
    const painting = pageLoop().add(place)
    const unsubscribe = subscribeFrame(painting.mark)
    place()
    return () => {
      unsubscribe()
      painting.end()
    }
  }, [box, shows, window, left, right, scale])
}
