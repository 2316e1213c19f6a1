/**
 * The latest frame: a plain holder outside React. Canvases subscribe to learn that it changed and read it in
 * their next animation frame; they must not keep it, because its buffer goes back to the worker.
 */
import type { Frame } from '../../emulator-core/worker/frame.ts'

let latest: Frame | undefined
const watchers = new Set<() => void>()

/** The newest frame, or undefined before the first build. Valid until the next one arrives. */
export function latestFrame(): Frame | undefined {
  return latest
}

/** Calls `changed` whenever there is a newer frame (or none any more); the answer ends it. */
export function subscribeFrame(changed: () => void): () => void {
  watchers.add(changed)
  return () => {
    watchers.delete(changed)
  }
}

/** Puts a frame in place and answers the one before, whose buffer may now go back to the worker. */
export function swapFrame(next: Frame | undefined): Frame | undefined {
  const before = latest
  latest = next
  for (const changed of watchers) changed()
  return before
}
