/** Chips: how sure we are, and in which state something is. Word and outline say it, colour follows. */
import { Icon } from './icon.tsx'

export type Confidence = 'exact' | 'modelled' | 'unknown'

const confidenceWords: Readonly<Record<Confidence, string>> = {
  exact: 'exact',
  modelled: '≈ modelled',
  unknown: '? unknown',
}

const confidenceTips: Readonly<Record<Confidence, string>> = {
  exact: 'Follows a published description to the bit.',
  modelled: 'A model: plausible, not measured to the cycle.',
  unknown: 'Nothing public says how the device does this.',
}

interface ChipProps {
  readonly level: Confidence
  /** Beside a number that has its own sign for it. */
  readonly plain?: boolean
}

export function ConfidenceChip({ level, plain = false }: ChipProps) {
  return (
    <span className={`chip ${level}`} data-tip={confidenceTips[level]}>
      {plain ? level : confidenceWords[level]}
    </span>
  )
}

const waits = new Set(['LOCK', 'STRM', 'BANK', 'DMA', 'TCT', 'BAR', 'POLL', 'WAIT'])

/** The look of a state code. */
export function stateLook(code: string): 'run' | 'wait' | 'done' | 'fault' | 'idle' {
  if (code === 'RUN') return 'run'
  if (code === 'DONE') return 'done'
  if (code === 'FAULT') return 'fault'
  return waits.has(code) ? 'wait' : 'idle'
}

const glyphs = { run: 'play', wait: 'pause', done: 'tick', fault: 'close' } as const

export function StateChip({ code }: { readonly code: string }) {
  const look = stateLook(code)
  return (
    <span className={`state ${look}`}>
      {look === 'idle' ? code === 'OFF' ? '∅' : '·' : <Icon name={glyphs[look]} size={11} />}
      {code}
    </span>
  )
}
