/** Ways of handing out columns: what each means in one line, and where it comes from. */
import type { Requests } from '../../../emulator-core/worker/protocol.ts'

export type Strategy = Requests['compareLayouts']['strategies'][number]

export interface AboutStrategy {
  readonly value: Strategy
  readonly title: string
  readonly means: string
  readonly source: string
  readonly look: 'exact' | 'modelled'
}

/** What each way means in one line, and where it comes from. */
export const strategies: readonly AboutStrategy[] = [
  {
    value: 'firmware',
    title: 'Firmware rule',
    means: 'Lowest free columns; when none are free, take turns by band and quantum.',
    source: '≈ modelled',
    look: 'modelled',
  },
  {
    value: 'static',
    title: 'Spatial static',
    means: 'First free columns, else refuse; asked again when some come free.',
    source: 'older driver',
    look: 'exact',
  },
  {
    value: 'dynamic',
    title: 'Spatial dynamic',
    means: 'As static, but partitions may move to make room.',
    source: 'older driver, moves ≈',
    look: 'modelled',
  },
  {
    value: 'temporal',
    title: 'Temporal best',
    means: 'When full, share the partition of that width with the fewest sharers.',
    source: 'older driver',
    look: 'exact',
  },
  {
    value: 'group',
    title: 'Request group',
    means: 'Requests of one group share their columns.',
    source: 'older driver, groups ≈',
    look: 'modelled',
  },
]

/** What there is to say of one. */
export const aboutOf = (strategy: Strategy) =>
  strategies.find(({ value }) => value === strategy) ?? strategies[0]!
