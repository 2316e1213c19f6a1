/**
 * Surface: one canvas layer of a view. It keeps the backing store at the size of its box in device pixels and
 * paints in the page's frame loop whenever something marked it.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react'
import { subscribeFrame } from '../session/frames.ts'
import { forgetWidths, type Context } from './draw.ts'
import { pageLoop, type Painting } from './loop.ts'
import './surface.css'

export interface Size {
  readonly width: number
  readonly height: number
}

/** Moving layers are not drawn finer than this, however fine the screen. */
const livelyRatio = 2
const stillRatio = 3

/** Device pixels per CSS pixel for a layer. */
export function ratioOf(lively: boolean, screen: number): number {
  return Math.max(1, Math.min(screen, lively ? livelyRatio : stillRatio))
}

interface SurfaceProps {
  /** Paints the whole layer; called in an animation frame with a cleared canvas in CSS pixels. */
  readonly paint: (ctx: Context, size: Size, time: number) => void | boolean
  /** Lively layers are painted again with every frame of the machine. */
  readonly lively?: boolean
  readonly className?: string
}

/** One layer that fills its parent. A `paint` that answers true is painted again in the next frame. */
export function Surface({ paint, lively = false, className }: SurfaceProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const latest = useRef(paint)
  const painting = useRef<Painting | undefined>(undefined)

  useLayoutEffect(() => {
    latest.current = paint
    painting.current?.mark()
  }, [paint])

  useEffect(() => {
    const element = canvas.current
    const ctx = element?.getContext('2d')
    if (!element || !ctx) return
    const size = { width: element.clientWidth, height: element.clientHeight }
    const mine = pageLoop().add((time) => {
      if (size.width < 1 || size.height < 1) return
      const ratio = ratioOf(lively, window.devicePixelRatio)
      const width = Math.round(size.width * ratio)
      const height = Math.round(size.height * ratio)
      if (element.width !== width || element.height !== height) {
        element.width = width
        element.height = height
      }
      ctx.setTransform(1, 0, 0, 1, 0, 0)
      ctx.clearRect(0, 0, width, height)
      ctx.setTransform(width / size.width, 0, 0, height / size.height, 0, 0)
      if (latest.current(ctx, { width: size.width, height: size.height }, time) === true)
        mine.mark()
    })
    painting.current = mine
    const observer = new ResizeObserver(() => {
      size.width = element.clientWidth
      size.height = element.clientHeight
      mine.mark()
    })
    observer.observe(element)
    const unsubscribe = lively ? subscribeFrame(mine.mark) : undefined
    const fonts = () => {
      forgetWidths()
      mine.mark()
    }
    document.fonts.addEventListener('loadingdone', fonts)
    mine.mark()
    return () => {
      observer.disconnect()
      unsubscribe?.()
      document.fonts.removeEventListener('loadingdone', fonts)
      mine.end()
      painting.current = undefined
    }
  }, [lively])

  return <canvas ref={canvas} className={className ?? 'surface'} aria-hidden="true" />
}

/** The size of an element's box in CSS pixels, measured now and followed. */
export function useSize(ref: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 })
  const measure = useCallback(() => {
    const element = ref.current
    if (!element) return
    const width = element.clientWidth
    const height = element.clientHeight
    setSize((now) => (now.width === width && now.height === height ? now : { width, height }))
  }, [ref])
  useLayoutEffect(() => {
    measure()
    const element = ref.current
    if (!element) return
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [measure, ref])
  return size
}

/** A number that changes with the machine's frames, at most `perSecond` times a second and always at the end. */
export function useFramePace(perSecond: number): number {
  const [version, setVersion] = useState(0)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let last = -Infinity
    const tell = () => {
      timer = undefined
      last = performance.now()
      setVersion((now) => now + 1)
    }
    const unsubscribe = subscribeFrame(() => {
      if (timer !== undefined) return
      const wait = last + 1000 / perSecond - performance.now()
      timer = setTimeout(tell, Math.max(0, wait))
    })
    return () => {
      clearTimeout(timer)
      unsubscribe()
    }
  }, [perSecond])
  return version
}

/** Does this person ask for less motion? */
export function useReducedMotion(): boolean {
  const [reduced, setReduced] = useState(() => motionQuery()?.matches ?? false)
  useEffect(() => {
    const query = motionQuery()
    const changed = () => setReduced(query?.matches ?? false)
    query?.addEventListener('change', changed)
    return () => query?.removeEventListener('change', changed)
  }, [])
  return reduced
}

function motionQuery(): MediaQueryList | undefined {
  return typeof matchMedia === 'function'
    ? matchMedia('(prefers-reduced-motion: reduce)')
    : undefined
}
