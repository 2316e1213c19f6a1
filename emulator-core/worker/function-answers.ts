/** What the worker answers about device functions: plain data for the page. */

/** One device function. Numbers are as the driver and the firmware count. */
export interface FunctionNow {
  /** Its index in the core: what contexts and processes say they are of. */
  readonly fn: number
  /** −1 unless it is a VF. */
  readonly vf: number
  /** `the device`, `the PF`, `VF 2`. */
  readonly name: string
  readonly kind: 'classic' | 'pf' | 'vf'
  readonly vbnv: string
  /** Vendor, device and revision, as tools print them: `1022:17f2 rev 10`. */
  readonly pci: string
  /** `no driver`, or its power: awake, going to sleep, asleep, waking, resetting, offline. */
  readonly state: string
  readonly contexts: readonly {
    /** The driver's number, which every function counts for itself. */
    readonly handle: number
    /** The firmware's number, one for the whole die; −1 while the firmware does not have it. */
    readonly fwId: number
    readonly numTiles: number
    readonly state: string
    readonly errors: number
    /** Columns that it holds now. */
    readonly columns: readonly number[]
  }[]
  /** Who has it open, by the names of the host program. */
  readonly processes: readonly string[]
  /** The power mode that it asks for, and whether the device runs in it. */
  readonly powerMode: string
  readonly decidesPower: boolean
  /** It is given to a VM. */
  readonly assigned: boolean
}

export interface FunctionsNow {
  readonly functions: readonly FunctionNow[]
  /** Most VFs of this device, and whether more than the public driver shows. */
  readonly vfLimit: number
  readonly isHypothetical: boolean
  /** The power mode that the device runs in. */
  readonly powerMode: string
}
