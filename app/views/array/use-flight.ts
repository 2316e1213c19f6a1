/** Flies to the tile of a race that somebody wants shown. */
import { useEffect, useRef } from 'react'
import type { Scene } from '../../../emulator-core/worker/frame.ts'
import { useRaces } from '../../stores/races.ts'
import type { Camera } from './camera.ts'
import { eased, flight, flightTime } from './flight.ts'
import { tileIndexOf } from './parts.ts'

/** Takes a wish away and moves the camera there; without motion it jumps. */
export function useFlight(
  scene: Scene,
  size: { readonly width: number; readonly height: number },
  camera: Camera,
  jumps: boolean,
  setCamera: (camera: Camera) => void,
): void {
  const wish = useRaces((state) => state.wish)
  const next = useRef(0)
  useEffect(() => {
    if (!wish || size.width === 0 || size.height === 0) return
    useRaces.setState({ wish: undefined })
    const tile = tileIndexOf(scene, wish.tile)
    if (tile < 0) return
    const at = flight(scene, size, camera, tile)
    if (jumps) {
      setCamera(at(1))
      return
    }
    cancelAnimationFrame(next.current)
    const start = performance.now()
    const move = (now: number) => {
      const share = Math.min(1, Math.max(0, (now - start) / flightTime))
      setCamera(at(eased(share)))
      if (share < 1) next.current = requestAnimationFrame(move)
    }
    next.current = requestAnimationFrame(move)
    // The flight starts from where the camera was when somebody wished; later moves are its own.
  }, [wish, scene, size, jumps, setCamera, camera])
}
