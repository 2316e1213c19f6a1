/** Diagnostics of the design language: one row each, stable for good. */

export interface DesignCode {
  readonly code: string
  readonly name: string
  /** What it means, for the reference page. */
  readonly title: string
}

const rows = {
  SyntaxError: ['D0101', 'The text is not what the grammar expects here'],
  UnknownOp: ['D0102', 'No operation has this name'],
  UnknownAttribute: ['D0103', 'The operation has no such attribute; it is ignored'],
  Unsupported: ['D0104', 'The operation is known, but not emulated yet'],
  TooDeep: ['D0105', 'The text is nested too deeply'],
  UndefinedSymbol: ['D0201', 'Nothing has this symbol name'],
  UndefinedValue: ['D0202', 'Nothing defines this value'],
  DuplicateSymbol: ['D0203', 'The symbol name is taken'],
  TypeMismatch: ['D0204', 'The value or operand has another type'],
  Misplaced: ['D0206', 'The operation may not stand here'],
  NoDevice: ['D0301', 'The module holds no device'],
  UnknownDevice: ['D0302', 'No device profile has this name'],
  Aie1Device: ['D0303', 'The device is of the first generation, which is not emulated'],
  NoSuchTile: ['D0304', 'The device has no tile at this place'],
  DuplicateTile: ['D0305', 'The tile is declared twice; the declarations are merged'],
  WrongTileKind: ['D0306', 'The operation needs a tile of another kind'],
  PlacementFailed: ['D0307', 'No place is left for a logical tile'],
  RawAddressOnForeignProfile: ['D0308', 'Raw register addresses belong to another device'],
  DuplicateCore: ['D0309', 'The tile has two programs'],
  TooManyLocks: ['D0401', 'The tile has no lock left'],
  LockIdClash: ['D0402', 'Two locks have one number'],
  LockValueRange: ['D0403', 'The lock value is outside the range of the hardware'],
  NotReachable: ['D0404', 'The memory or lock cannot be reached from this tile'],
  TooManyBds: ['D0405', 'The tile has no buffer descriptor left'],
  BdIdIllegalForChannel: ['D0406', 'The channel cannot use this buffer descriptor'],
  NoFreeDmaChannel: ['D0407', 'The tile has no DMA channel left in this direction'],
  NoSuchDmaChannel: ['D0408', 'The tile has no such DMA channel'],
  OutOfTileMemory: ['D0409', 'The buffers do not fit the tile memory'],
  BufferOverlap: ['D0410', 'Two buffers overlap'],
  BadInitialValue: ['D0411', 'The initial value does not fit the buffer'],
  LinkShape: ['D0501', 'The link joins objectFifos that do not fit'],
  LinkTileMissing: ['D0502', 'The linked objectFifos do not meet on one tile'],
  LinkedFifoUsedOnLinkTile: ['D0503', 'A core uses a linked objectFifo on the linking tile'],
  RepeatOnShim: ['D0504', 'A shim tile cannot repeat objects'],
  InitOnShim: ['D0505', 'A shim tile cannot hold initial objects'],
  ReleaseMoreThanHeld: ['D0506', 'More objects are released than are held'],
  FifoShape: ['D0507', 'The objectFifo is used against its declaration'],
  DmaSizeNotWordMultiple: ['D0601', 'The transfer is not a whole number of 32-bit words'],
  StrideNotWordMultiple: ['D0602', 'The stride is not a whole number of 32-bit words'],
  WrapTooLarge: ['D0603', 'The size of a dimension does not fit the descriptor'],
  StrideTooLarge: ['D0604', 'The stride does not fit the descriptor'],
  LenDimsMismatch: ['D0605', 'The length is not the product of the sizes'],
  PaddingUnsupported: ['D0606', 'This channel cannot pad'],
  TooManyDimensions: ['D0607', 'The pattern has more dimensions than the descriptor'],
  LengthTooLarge: ['D0608', 'The length does not fit the descriptor'],
  OutOfBuffer: ['D0609', 'The transfer leaves its buffer'],
  RepeatTooLarge: ['D0610', 'The repeat count does not fit the task queue'],
  BdBlock: ['D0611', 'The block does not hold one well-formed transfer'],
  PacketRange: ['D0612', 'The packet id or type is out of range'],
  RouteImpossible: ['D0701', 'No route is left for a stream'],
  NoSuchPort: ['D0702', 'The tile has no such stream port'],
  DestinationTaken: ['D0703', 'The stream destination has two sources'],
  MissingKernel: ['D0801', 'No kernel source defines the function'],
  KernelSignatureMismatch: ['D0802', 'The kernel has other parameters'],
  CoreOpUnsupported: ['D0803', 'A core cannot run this operation here'],
  Recursion: ['D0804', 'Functions of a core may not call themselves'],
  MissingProgram: ['D0805', 'The core has no linked program'],
  AwaitWithoutToken: ['D0901', 'The task issues no token to wait for'],
  AwaitTwice: ['D0902', 'The task has been awaited before'],
  UseAfterFree: ['D0903', 'The task has been freed before'],
  BdRewrittenInFlight: ['D0904', 'A descriptor is rewritten while its task may still run'],
  NotConstant: ['D0905', 'The value must be known before the run'],
  NoSequence: ['D0906', 'The device has no such runtime sequence'],
  WaitWithoutPush: ['D0907', 'Nothing was started that could give this token'],
} as const satisfies Record<string, readonly [string, string]>

export type DesignCodeName = keyof typeof rows

/** The code a name stands for, for example `D0102`. */
export function codeOf(name: DesignCodeName): string {
  return rows[name][0]
}

/** All rows, in order of their codes. */
export const designCodes: readonly DesignCode[] = Object.entries(rows).map(
  ([name, [code, title]]) => ({ code, name, title }),
)
