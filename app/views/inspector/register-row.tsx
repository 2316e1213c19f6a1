/** One row of the list of registers: a group, a register, or the fields of one. */
import type { RegisterInfo, RegisterMap } from '../../../emulator-core/worker/protocol.ts'
import {
  fieldLine,
  fieldText,
  fieldValue,
  hex8,
  hexOffset,
  rowId,
  type Row,
} from './register-rows.ts'

interface RowProps {
  readonly map: RegisterMap
  readonly values: Uint32Array
  readonly before: Uint32Array | undefined
  readonly row: Row
  readonly index: number
  readonly top: number
  readonly height: number
  readonly isActive: boolean
  readonly isExpanded: boolean
}

/** What is known of a register's origin, for those who hear the row. */
function origin(map: RegisterMap, { source, inferred, isModelled }: RegisterInfo): string {
  const title = map.sources[source]?.title ?? ''
  const mark = inferred === undefined ? 'published' : `partly inferred: ${inferred}`
  return `Source: ${title}, ${mark}. ${isModelled ? 'Modelled' : 'Stored only'}.`
}

export function RegisterRow({ row, index, top, height, isActive, isExpanded, ...held }: RowProps) {
  const { map, values, before } = held
  const common = {
    id: rowId(row),
    role: 'row',
    'data-row': index,
    'aria-rowindex': index + 1,
    'aria-selected': isActive,
    style: { top, height },
  } as const
  if (row.kind === 'group') {
    return (
      <div
        {...common}
        aria-level={1}
        aria-expanded={isExpanded}
        className={`register-group${isActive ? ' active' : ''}`}
      >
        <span role="gridcell">
          <i aria-hidden="true">{isExpanded ? '▾' : '▸'}</i>
          {map.groups[row.group]?.title} <span className="quiet">{row.count}</span>
        </span>
      </div>
    )
  }
  const register = map.registers[row.at]
  if (!register) return null
  const word = values[row.at] ?? 0
  const old = before?.[row.at] ?? word
  if (row.kind === 'fields') {
    return (
      <div {...common} aria-level={3} className={`register-fields${isActive ? ' active' : ''}`}>
        <div role="gridcell">
          <Fields register={register} word={word} old={old} />
        </div>
      </div>
    )
  }
  return (
    <div
      {...common}
      aria-level={2}
      aria-expanded={isExpanded}
      aria-description={origin(map, register)}
      className={`register${isActive ? ' active' : ''}${old === word ? '' : ' changed'}`}
    >
      <span role="gridcell" className="mono name">
        {old !== word && <span className="sr">changed </span>}
        {register.name}
      </span>
      <span role="gridcell" className="standing">
        {!register.isModelled && <span className="chip unknown">stored only</span>}
      </span>
      <span role="gridcell" className="mono quiet">
        +{hexOffset(register.offset)}
      </span>
      <span role="gridcell" className={word === register.resetValue ? 'mono quiet' : 'mono value'}>
        {hex8(word)}
      </span>
      <span role="gridcell" className="quiet line">
        {fieldLine(register, word)}
      </span>
    </div>
  )
}

/** The fields of a register one by one, highest bits first, and what it held before. */
function Fields(props: {
  readonly register: RegisterInfo
  readonly word: number
  readonly old: number
}) {
  const { register, word, old } = props
  const fields = [...register.fields].sort((a, b) => b.lsb - a.lsb)
  return (
    <>
      <dl>
        {fields.map((field) => (
          <div
            key={field.name}
            className={fieldValue(old, field) === fieldValue(word, field) ? '' : 'changed'}
          >
            <dt className="quiet">
              <span className="mono">
                {field.width > 1 ? `${field.lsb + field.width - 1}:${field.lsb}` : field.lsb}
              </span>{' '}
              {field.name}
            </dt>
            <dd className="mono">{fieldText(register, word, field)}</dd>
          </div>
        ))}
        {fields.length === 0 && (
          <div>
            <dt className="quiet">no fields are documented</dt>
            <dd />
          </div>
        )}
      </dl>
      {old !== word && (
        <p className="quiet">
          {'before this step '}
          <span className="mono">{hex8(old)}</span>
        </p>
      )}
      <p className="quiet">
        {'after reset '}
        <span className="mono">{hex8(register.resetValue)}</span>
      </p>
    </>
  )
}
