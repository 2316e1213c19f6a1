/** A reply twice: names with values, and bytes. Pointing at one lights the other. */
import { useState } from 'react'
import type { Replies } from '../../../emulator-core/worker/protocol.ts'

type Field = NonNullable<Replies['explore']['answer']>['fields'][number]

const perRow = 16
/** Bytes shown of a long reply, and fields listed. */
const mostBytes = 1024
const mostFields = 400

interface Props {
  readonly bytes: Uint8Array
  readonly fields: readonly Field[]
}

export function Reply({ bytes, fields }: Props) {
  const [lit, setLit] = useState(-1)
  const field = fields[lit]
  const names = fields.slice(0, mostFields)
  const records = new Set(fields.map(({ element }) => element)).size
  return (
    <div className="reply-body">
      <div className="reply-names">
        <table className="device-table">
          <caption className="sr">The reply by names</caption>
          <thead>
            <tr>
              <th scope="col">at</th>
              <th scope="col">name</th>
              <th scope="col">value</th>
            </tr>
          </thead>
          <tbody onPointerLeave={() => setLit(-1)}>
            {names.map(({ at, name, value, element }, index) => (
              <tr
                key={`${element} ${name}`}
                className={`${index === lit ? 'lit' : ''}${index > 0 && fields[index - 1]?.element !== element ? ' next' : ''}`}
                onPointerEnter={() => setLit(index)}
              >
                <td className="mono quiet">{at}</td>
                <th scope="row">
                  <button type="button" className="field-name" onFocus={() => setLit(index)}>
                    {records > 1 && <span className="quiet">{element}. </span>}
                    {name}
                  </button>
                </th>
                <td className="mono">{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {fields.length > mostFields && (
          <p className="quiet">and {fields.length - mostFields} more fields</p>
        )}
      </div>
      <Bytes
        bytes={bytes}
        from={field?.at ?? -1}
        to={field ? field.at + field.sizeBytes : -1}
        point={(at) => setLit(fieldAt(fields, at))}
      />
    </div>
  )
}

/** The field that a byte belongs to, −1 for a gap. */
export function fieldAt(fields: readonly Field[], at: number): number {
  return fields.findIndex((one) => at >= one.at && at < one.at + one.sizeBytes)
}

interface BytesProps {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
  readonly point: (at: number) => void
}

function Bytes({ bytes, from, to, point }: BytesProps) {
  const rows = Math.ceil(Math.min(bytes.length, mostBytes) / perRow)
  return (
    <div className="reply-bytes">
      <div className="mono" role="img" aria-label={`${bytes.length} bytes of the reply`}>
        {Array.from({ length: rows }, (_, row) => (
          <div key={row} className="bytes-row">
            <span className="quiet">{(row * perRow).toString(16).padStart(3, '0')}</span>
            {[...bytes.subarray(row * perRow, (row + 1) * perRow)].map((byte, i) => {
              const at = row * perRow + i
              return (
                <i
                  key={at}
                  className={at >= from && at < to ? 'lit' : byte === 0 ? 'zero' : undefined}
                  onPointerEnter={() => point(at)}
                >
                  {byte.toString(16).padStart(2, '0')}
                </i>
              )
            })}
          </div>
        ))}
      </div>
      {bytes.length > mostBytes && (
        <p className="quiet">and {bytes.length - mostBytes} more bytes</p>
      )}
    </div>
  )
}
