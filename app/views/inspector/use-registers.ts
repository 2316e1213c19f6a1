/** The registers of a tile: which there are, what they hold, and what they held at the moment shown before. */
import { useMemo, useState } from 'react'
import type { RegisterMap, Replies } from '../../../emulator-core/worker/protocol.ts'
import { useLive } from '../../stores/live.ts'
import { useAsk } from '../../widgets/use-ask.ts'

type Held = Replies['registers']

export interface TileRegisters {
  readonly map: RegisterMap
  readonly values: Uint32Array
  readonly before: Uint32Array | undefined
}

/** What the same tile held at the moment shown before this one. */
function useBefore(held: Held | undefined): Uint32Array | undefined {
  const [seen, setSeen] = useState<{ shown: Held | undefined; before: Uint32Array | undefined }>({
    shown: held,
    before: undefined,
  })
  if (seen.shown === held) return seen.before
  const before = seen.shown?.tile === held?.tile ? seen.shown?.values : undefined
  setSeen({ shown: held, before })
  return before
}

/** Undefined until both the map and the values of the tile are here. */
export function useRegisters(part: string): TileRegisters | undefined {
  const tile = /^tile\[\d+,\d+\]/.exec(part)?.[0] ?? ''
  const device = useLive(({ scene }) => (scene ? `${scene.project}|${scene.device.id}` : ''))
  const moment = useLive(({ running, epoch, moment, stop }) =>
    running ? 'running' : `${epoch}:${moment.tick}:${moment.event}:${stop?.kind ?? ''}`,
  )
  const asked = device === '' ? undefined : { part: tile }
  const map = useAsk('registerMap', asked, `${tile}|${device}`)?.map
  const held = useAsk('registers', asked, `${tile}|${device}|${moment}`)
  const before = useBefore(held)
  return useMemo(() => {
    if (!map || !held || map.tile !== tile || held.tile !== tile) return undefined
    const { values } = held
    return values.length === map.registers.length ? { map, values, before } : undefined
  }, [map, held, before, tile])
}
