/**
 * The effect column: beside every line of control code what it writes or waits for, in words. It scrolls with the
 * editor and draws only what is in sight.
 */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import type { ControlLine } from '../../../emulator-core/worker/protocol.ts'
import { hoverLine, useControlLines } from '../../session/control.ts'
import { useLive } from '../../stores/live.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { pointAtLine, useLineHover } from './line-hover.ts'
import type { editor } from './monaco.ts'

interface Props {
  readonly code: editor.IStandaloneCodeEditor
  readonly file: string
}

const noLines: readonly ControlLine[] = []

const optionId = (line: number) => `effect-${line}`

/** Counts up whenever the editor scrolls, is laid out anew or shows other text. */
function useEditorMoves(code: editor.IStandaloneCodeEditor): number {
  const [moves, setMoves] = useState(0)
  useEffect(() => {
    let wish = 0
    const moved = () => {
      wish ||= requestAnimationFrame(() => {
        wish = 0
        setMoves((count) => count + 1)
      })
    }
    const watched = [
      code.onDidScrollChange(moved),
      code.onDidLayoutChange(moved),
      code.onDidChangeModel(moved),
      code.onDidContentSizeChange(moved),
    ]
    moved()
    return () => {
      cancelAnimationFrame(wish)
      for (const one of watched) one.dispose()
    }
  }, [code])
  return moves
}

/** Lines in sight, first and last. */
function inSight(code: editor.IStandaloneCodeEditor): readonly [number, number] {
  const ranges = code.getVisibleRanges()
  return [ranges[0]?.startLineNumber ?? 1, ranges.at(-1)?.endLineNumber ?? 0]
}

export function EffectColumn({ code, file }: Props) {
  const known = useControlLines()
  const lines = known.file === file ? known.lines : noLines
  useEditorMoves(code)
  const hovered = useLineHover((state) => (state.file === file ? state.line : 0))
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const select = useWorkspace((state) => state.select)
  const lineHeight = useWorkspace((state) => `${state.codeSize + 8}px`)
  const byLine = useMemo(() => new Map(lines.map((one) => [one.line, one])), [lines])
  const waiting = useWaiting(file, byLine)

  const [first, last] = inSight(code)
  const shown = lines.filter(({ line }) => line >= first && line <= last)
  const top = code.getScrollTop()
  const go = (to: ControlLine | undefined) => {
    if (!to) return
    setActive(to.line)
    hoverLine(to)
    code.revealLineInCenterIfOutsideViewport(to.line)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const at = lines.findIndex(({ line }) => line >= active)
    const found = {
      ArrowDown: lines[active === 0 ? lines.findIndex(({ line }) => line >= first) : at + 1],
      ArrowUp: lines[at - 1],
      Home: lines[0],
      End: lines.at(-1),
    }[event.key]
    if (found) go(found)
    else if (event.key === 'Enter' || event.key === ' ') {
      const part = byLine.get(active)?.parts[0]
      if (part) select(part)
    } else return
    event.preventDefault()
  }
  const isActiveShown = shown.some(({ line }) => line === active)
  return (
    <div
      className="effects"
      ref={list}
      role="listbox"
      tabIndex={0}
      aria-label={`What the lines of ${file} do`}
      aria-activedescendant={isActiveShown ? optionId(active) : undefined}
      data-testid="effects"
      style={{ lineHeight }}
      onKeyDown={onKeyDown}
      onFocus={() => go(shown.find(({ line }) => line === active) ?? shown[0])}
      onBlur={() => hoverLine(undefined)}
      onWheel={({ deltaY }) => code.setScrollTop(code.getScrollTop() + deltaY)}
    >
      {shown.map((one) => (
        <EffectRow
          key={one.line}
          one={one}
          top={code.getTopForLineNumber(one.line) - top}
          isActive={one.line === active}
          isHovered={one.line === hovered}
          waits={waiting.get(one.line)}
          file={file}
          activate={setActive}
        />
      ))}
      {!known.isCurrent && <p className="stale">as of the last sources without mistakes</p>}
    </div>
  )
}

interface RowProps {
  readonly one: ControlLine
  readonly top: number
  readonly isActive: boolean
  readonly isHovered: boolean
  readonly waits: string | undefined
  readonly file: string
  readonly activate: (line: number) => void
}

function EffectRow({ one, top, isActive, isHovered, waits, file, activate }: RowProps) {
  const select = useWorkspace((state) => state.select)
  const [part] = one.parts
  const rest = one.lines.length > 0 ? `\n${one.lines.slice(0, 12).join('\n')}` : ''
  const more = one.lines.length > 12 ? `\n… and ${one.lines.length - 12} more` : ''
  return (
    <div
      id={optionId(one.line)}
      role="option"
      aria-selected={isActive}
      aria-label={`Line ${one.line}: ${one.text}${waits ? ', waits now' : ''}`}
      className={`effect ${one.kind}${isHovered ? ' hovered' : ''}${isActive ? ' active' : ''}${part ? ' leads' : ''}${waits ? ' waits' : ''}`}
      style={{ top }}
      data-line={one.line}
      data-tip={`${one.text}${rest}${more}`}
      onClick={() => {
        activate(one.line)
        if (part) select(part)
      }}
      onPointerEnter={() => {
        hoverLine(one)
        pointAtLine(file, one.line)
      }}
      onPointerLeave={() => {
        hoverLine(undefined)
        pointAtLine('', 0)
      }}
    >
      {waits ?? one.text}
    </div>
  )
}

/** Lines at which a uC waits now: for tokens, with how many of them have come. */
function useWaiting(file: string, lines: ReadonlyMap<number, ControlLine>): Waiting {
  const standing = useLive((state) => state.standing)
  return useMemo(() => {
    const waiting = new Map<number, string>()
    for (const one of standing) {
      const known = one.file === file && one.waiting > 0 ? lines.get(one.line) : undefined
      if (!known) continue
      const wanted = /^wait (\d+) tokens?/.exec(known.text)?.[1]
      const has = wanted !== undefined && one.tokens !== undefined
      waiting.set(one.line, has ? `${one.tokens} of ${wanted} tokens` : known.text)
    }
    return waiting
  }, [standing, file, lines])
}

type Waiting = ReadonlyMap<number, string>
