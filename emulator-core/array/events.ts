/**
 * Trace kinds of the array, 400 to 499. `a` and `b` mean what the comment says; the part is named
 * first.
 */
export const ArrayEvent = {
  /** channel: a task begins; a = start BD, b = runs of its chain. */
  taskStart: 400,
  /** channel: a task has ended; a = start BD, b = 1 when it sent a token. */
  taskFinish: 401,
  /** channel: a BD was loaded; a = BD number, b = byte address (low 32 bits for the shim). */
  bdStart: 402,
  /** channel: a BD's last word has moved; a = BD number, b = words. */
  bdFinish: 403,
  /**
   * channel: it begins to wait; a = `ChannelState`, b = lock number of the whole array when it
   * waits for one.
   */
  waitBegin: 404,
  /** channel: it waits no longer; a = the state it waited in. */
  waitEnd: 405,
  /** channel: a task-complete token leaves; a = uc or −1 when it finds no path, b = the word. */
  tokenSent: 406,
  /** lock: a register write set it; a = old value, b = new value. */
  lockSet: 407,
  /** tile: something worth telling was noticed; a = `NoteCode`, b = detail. */
  note: 408,
  /** lock: its value changed by acquire or release; a = old value, b = new value. */
  lockChange: 409,
  /** tile: a control packet's read is answered; a = response id, b = words. */
  controlAnswer: 410,
  /** core: a stream port or the cascade was not ready, it waits; a = `Stall`, b = port. */
  coreWait: 440,
  /** core: it was halted; a = bits of `Halt`, b = pc. */
  coreHalt: 441,
  /** core: it goes on after a halt; a = pc. */
  coreResume: 442,
  /** tile: an interrupt controller of a shim raised its line; a = event unit. */
  interrupt: 420,
} as const
export type ArrayEvent = (typeof ArrayEvent)[keyof typeof ArrayEvent]
