/** Trace records and faults of the soc. */
export const SocEvent = {
  /** part: firmware context id. */
  doorbell: 300,
  /** part: vector, a: function. An interrupt is raised on the die. */
  interruptRaised: 301,
  /** part: vector, a: function. The host takes it. */
  interruptTaken: 302,
  /** part: PASID, 0 without one; a: index into the fault addresses, b: code of the fault. */
  translationFault: 303,
  /** part: BAR, a: offset, b: 1 for a write. */
  unmappedRegister: 304,
  /** part: requester, a: lines that the CPU has not written back. The device has read memory behind them. */
  missedStores: 305,
  /** part: command, a: argument. */
  smuCommand: 392,
  /** part: command, a: response. */
  smuAnswer: 393,
  /** part: command, a: bytes. */
  pspCommand: 394,
  /** part: command, a: response. */
  pspAnswer: 395,
  /** part: 0. The function is reset. */
  functionReset: 396,
} as const

/** Fault codes; `part` is a PASID or a BAR. */
export const SocFault = {
  /** No mapping covers the address. */
  noMapping: 3000,
  /** A mapping covers the address but its page has not been handed out. */
  notPresent: 3001,
  /** A write to a read-only mapping. */
  readOnly: 3002,
  /** An access to a BAR offset where nothing answers. */
  unmappedRegister: 3003,
  /** An address of the device heap where no chunk was announced. */
  notAnnounced: 3004,
  /** The pages of the mapping have moved. */
  invalidated: 3005,
} as const
