/** A view: one panel of the app. Its folder exports one value `view` from `view.ts`; `index.ts` lists them. */
import type { ComponentType } from 'react'

export interface View {
  readonly id: string
  /** The word on the tab. */
  readonly title: string
  /**
   * Tables of the frame that the panel looks at while it is shown: `cores`, `channels`, `cells`, `locks`,
   * `routes`, `ucs`, `bos`, `queue`. The rest of the frame is not filled.
   */
  readonly watch: readonly string[]
  readonly Component: ComponentType
}
