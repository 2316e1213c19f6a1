/** Who decides about a request: the emulated firmware, or a solver of an older driver by way of experiment. */
import { useRequest } from './request.ts'
import { aboutOf, strategies } from './strategies.ts'

export function StrategySwitch() {
  const strategy = useRequest((state) => state.strategy)
  const choose = useRequest((state) => state.choose)
  const about = aboutOf(strategy)
  return (
    <div className="strategy">
      <div
        className="strategy-switch choices"
        role="group"
        aria-label="Who decides about a request"
      >
        {strategies.map(({ value, title }) => (
          <button
            key={value}
            type="button"
            className="button small"
            aria-pressed={value === strategy}
            onClick={() => choose(value)}
          >
            {title}
          </button>
        ))}
      </div>
      <span className="quiet">{about.means}</span>
      <span className={`chip ${about.look}`}>{about.source}</span>
    </div>
  )
}
