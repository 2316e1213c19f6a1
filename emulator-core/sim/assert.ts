/** Our own bug, never the user's mistake and never the guest's fault: the machine stops here. */
export class InternalError extends Error {
  override readonly name = 'InternalError'
}

/** Throws an `InternalError` when an invariant of the emulator itself does not hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InternalError(message)
}
