/** The shape of an effect: what an operation or data entry of control code does. */
/** What an operation or data entry does. */
export interface ControlEffect {
  readonly kind: 'write' | 'read' | 'wait' | 'load' | 'flow' | 'data'
  /** One line. */
  readonly text: string
  /** Names of the parts that are touched, in order. */
  readonly parts: readonly string[]
  /** More lines: what a chain writes, thing by thing. */
  readonly lines: readonly string[]
}
