/** Trace records of user space. `part` is a host thread unless said otherwise. */
export const RuntimeEvent = {
  /** a: step. */
  stepBegin: 350,
  /** a: step, b: 0 done, 1 refused as expected. */
  stepEnd: 351,
  /** a: step. A phase name on the time axis. */
  mark: 352,
  /** part: run, a: bytes, b: relocations applied. */
  codeLoaded: 353,
  /** part: run, a: low word of the sequence number. */
  submitted: 354,
  /** part: run, a: command state. */
  finished: 355,
  /** a: step, b: status. The program has ended. */
  ended: 356,
  /** part: buffer, a: 1 written, 2 read, 3 compared, b: bytes. Loads and stores of the process. */
  access: 357,
  /** part: buffer, a: parameter, b: bytes. A reply of the driver became a buffer. */
  replied: 358,
} as const
