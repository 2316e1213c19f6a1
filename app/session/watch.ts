/** Watch: what the panels on screen look at. The worker fills that much of a frame and no more. */
import { useEffect } from 'react'
import { useLive } from '../stores/live.ts'
import { tell } from './session.ts'

/** The shell itself shows where cores and uCs stand. */
const always: readonly string[] = ['cores', 'ucs']
const watched = new Map<string, number>()
let announced = ''

/** The whole set, sorted; sets travel whole. */
export function watchedParts(): readonly string[] {
  return [...new Set([...always, ...watched.keys()])].sort()
}

function announce(again: boolean): void {
  const parts = watchedParts()
  const key = parts.join()
  if (key === announced && !again) return
  announced = key
  tell('watch', { parts })
}

function count(parts: readonly string[], by: 1 | -1): void {
  for (const part of parts) {
    const next = (watched.get(part) ?? 0) + by
    if (next > 0) watched.set(part, next)
    else watched.delete(part)
  }
}

/** Watches tables of the frame as long as the calling panel is shown. */
export function useWatch(parts: readonly string[]): void {
  const scene = useLive((state) => state.scene)
  useEffect(() => {
    count(parts, 1)
    announce(false)
    return () => count(parts, -1)
  }, [parts])
  useEffect(() => {
    if (scene) announce(true)
  }, [scene])
}
