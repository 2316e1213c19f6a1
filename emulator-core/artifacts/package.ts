/**
 * Package: everything one machine needs, as plain data. What compilers make ends here; the machine begins here.
 */
import type { HostSwitches } from '../device/host-memory.ts'
import type { ProfileId } from '../device/tiles.ts'
import type { ControlCode } from './control-code.ts'
import type { CoreProgram } from './core-program.ts'
import type { DesignImage } from './design-image.ts'
import type { HostProgram } from './host-program.ts'

export interface Package {
  readonly profile: ProfileId
  /** Switches of the profile that the project sets. */
  readonly switches?: HostSwitches
  readonly title: string
  readonly host: HostProgram
  /** Control code per code request of the host program. */
  readonly codes: readonly ControlCode[]
  /** The elaborated design, absent when the project is control code alone. */
  readonly image?: DesignImage
  /** Linked programs by `column,row`; the machine itself reads them from program memory only. */
  readonly programs: ReadonlyMap<string, CoreProgram>
  /** Tiles to ask for when the host program does not say. */
  readonly numTiles: number
}
