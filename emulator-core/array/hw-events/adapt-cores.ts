/** What events do to cores, by the registers that cores have: enable and reset. Debugging is refused by a note. */
import { PartKind, partOf } from '../../device/parts.ts'
import type { CoreControl } from '../core-control.ts'
import type { Notes } from '../notes.ts'
import { NoteCode } from '../notes.ts'
import type { CoreActions } from './actions.ts'

const enableBit = 1
const resetBit = 2
/** Detail of the note about an action that cores do not have. */
const Refused = { halt: 1, resume: 2, step: 3 } as const

/** Core actions on top of `CoreControl`; `cores` is asked when an event acts. */
export function adaptCores(notes: Notes, cores: () => CoreControl): CoreActions {
  const set = (core: number, on: number, off: number) =>
    cores().writeControl(core, (cores().readControl(core) | on) & ~off)
  const refuse = (core: number, detail: number) =>
    notes.add(NoteCode.coreAction, partOf(PartKind.core, core), detail)
  return {
    enable: (core) => set(core, enableBit, 0),
    disable: (core) => set(core, 0, enableBit),
    reset: (core) => set(core, resetBit, 0),
    halt: (core) => refuse(core, Refused.halt),
    resume: (core) => refuse(core, Refused.resume),
    step: (core) => refuse(core, Refused.step),
  }
}
