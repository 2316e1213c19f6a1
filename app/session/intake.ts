/**
 * Intake: takes frames and scenes from the worker, keeps the buffers circling, and lets the stores follow at a
 * pace for people: coarse facts ten times a second while running, exactly when the machine stands.
 */
import {
  frameLayout,
  Header,
  viewFrame,
  type FrameLayout,
  type Scene,
} from '../../emulator-core/worker/frame.ts'
import { noMoment, useLive } from '../stores/live.ts'
import { useWorkspace } from '../stores/workspace.ts'
import { latestFrame, swapFrame } from './frames.ts'
import { countsOf, momentOf, sameStanding, standingOf } from './standing.ts'

const coarseMs = 100

let layout: FrameLayout | undefined
/** Cycle 0 of this machine, once it was seen: before the first command the machine does not know it yet. */
let knownOrigin = 0
let coarseAt = 0
/** The machine has come to rest: the next frame is the exact one. */
let atRest = false
let coarseTimer: ReturnType<typeof setTimeout> | undefined

/** Waits for the next repaint, so that the worker fills no more frames than are painted. */
const afterPaint = (then: () => void): void => {
  if (typeof requestAnimationFrame === 'function') requestAnimationFrame(then)
  else queueMicrotask(then)
}

/** Shows the frame and gives the buffer of the one before back to the worker. */
export function receiveFrame(buffer: ArrayBuffer, giveBack: (buffer: ArrayBuffer) => void): void {
  if (!layout || buffer.byteLength < layout.sizeBytes) {
    giveBack(buffer)
    return
  }
  const frame = viewFrame(buffer, layout)
  knownOrigin = Math.max(knownOrigin, frame.header[Header.origin] ?? 0)
  frame.header[Header.origin] = knownOrigin
  const before = swapFrame(frame)
  if (before) afterPaint(() => giveBack(before.words.buffer as ArrayBuffer))
  const wait = coarseAt + coarseMs - performance.now()
  if (atRest) {
    atRest = false
    followFrame()
    firstLook()
  } else if (wait <= 0) followFrame()
  else coarseTimer ??= setTimeout(followFrame, wait)
}

/** Brings the coarse facts of the live store up to the latest frame. */
function followFrame(): void {
  clearTimeout(coarseTimer)
  coarseTimer = undefined
  coarseAt = performance.now()
  const frame = latestFrame()
  const { scene, standing } = useLive.getState()
  if (!frame || !scene) return
  const next = standingOf(scene, frame)
  useLive.setState({
    moment: momentOf(frame),
    standing: sameStanding(standing, next) ? standing : next,
  })
}

/** Nothing was ever selected: at the first rest, an engine that is at work is, or one that waits. */
function firstLook(): void {
  const { standing } = useLive.getState()
  const { selection, history, select } = useWorkspace.getState()
  if (selection !== undefined || history.length > 0) return
  const atWork = standing.find(({ running }) => running > 0) ?? standing[0]
  select(atWork?.parts[0])
}

/** Told that the machine has come to rest, before the frame of that moment arrives. */
export function expectRest(): void {
  followFrame()
  atRest = true
}

/** Takes a new scene: frames of the one before cannot be read any more. */
export function receiveScene(scene: Scene, generated: Readonly<Record<string, string>>): void {
  forgetFrames()
  layout = frameLayout(countsOf(scene))
  useLive.setState({
    scene,
    generated,
    console: '',
    moment: noMoment,
    standing: [],
    engine: 'ready',
  })
}

/** Forgets the latest frame; its buffer belonged to a machine that is gone. */
export function forgetFrames(): void {
  clearTimeout(coarseTimer)
  coarseTimer = undefined
  layout = undefined
  knownOrigin = 0
  atRest = false
  swapFrame(undefined)
}
