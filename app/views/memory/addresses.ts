/**
 * Device addresses of buffer objects. The scene is made before the host program allocates, so an address that is
 * not in it is asked for: the inspection of the object has it as soon as the object is mapped.
 */
import { useEffect, useMemo, useState } from 'react'
import type { Scene, SceneBo } from '../../../emulator-core/worker/frame.ts'
import type { Inspection } from '../../../emulator-core/worker/protocol.ts'
import { ask } from '../../session/session.ts'
import { useLive } from '../../stores/live.ts'

/** Part name of a buffer object. */
export function boPart(bo: SceneBo): string {
  return `bo${bo.handle}`
}

/** The address in an inspection: a row that calls itself an address and is a number above zero; 0 when there is none. */
export function addressIn(inspection: Inspection | undefined): number {
  for (const section of inspection?.sections ?? []) {
    for (const { name, value } of section.rows) {
      if (!/\baddress\b/i.test(name)) continue
      const text = value.replaceAll(/[_\u2009\u202f]/g, '')
      const found = /0x[0-9a-f]+/i.exec(text)?.[0]
      const address = found ? Number(found) : 0
      if (address > 0) return address
    }
  }
  return 0
}

interface Found {
  readonly scene: Scene
  readonly epoch: number
  readonly addresses: ReadonlyMap<number, number>
}

/** The scene's objects with the best known address each; 0 where none is known yet. */
export function usePlacedBos(scene: Scene): readonly SceneBo[] {
  const epoch = useLive((state) => state.epoch)
  // A host call at a time is often enough: objects appear and are mapped between calls.
  const step = useLive((state) => (state.running ? -1 : state.moment.tick))
  const [found, setFound] = useState<Found | undefined>(undefined)
  const open = useMemo(() => scene.bos.filter(({ address }) => address <= 0), [scene])
  useEffect(() => {
    if (open.length === 0 || step < 0) return
    let stale = false
    Promise.all(
      open.map((bo) =>
        ask('inspect', { part: boPart(bo) }).then(({ inspection }) => addressIn(inspection)),
      ),
    ).then(
      (list) => {
        if (stale) return
        setFound({
          scene,
          epoch,
          addresses: new Map(open.map((bo, index) => [bo.handle, list[index] ?? 0])),
        })
      },
      () => undefined,
    )
    return () => {
      stale = true
    }
  }, [scene, open, epoch, step])
  return useMemo(() => {
    if (found?.scene !== scene || found.epoch !== epoch) return scene.bos
    return scene.bos.map((bo) =>
      bo.address > 0 ? bo : { ...bo, address: found.addresses.get(bo.handle) ?? 0 },
    )
  }, [scene, found, epoch])
}
