/** Select: the browser's own list in our clothes, so that every input device and reader knows it. */
import { Icon } from './icon.tsx'

interface Props<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly title: string }[]
  readonly choose: (value: Value) => void
  readonly className?: string
  readonly disabled?: boolean
  /** A sentence shown on hover and focus. */
  readonly tip?: string
}

export function Select<Value extends string>(props: Props<Value>) {
  const { label, value, options, choose, className = '', disabled = false, tip } = props
  return (
    <span className={`select ${className}`} data-tip={tip}>
      <select
        aria-label={label}
        value={value}
        disabled={disabled}
        onChange={(event) => choose(event.target.value as Value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.title}
          </option>
        ))}
      </select>
      <Icon name="chevron-down" />
    </span>
  )
}
