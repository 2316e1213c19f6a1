/** The packet decoder: raw words beside their meaning; pointing at a field lights its words, and the other way round. */
import { useState } from 'react'
import type { PacketField, PacketNow, PacketWords } from '../../../emulator-core/worker/protocol.ts'
import { useWorkspace } from '../../stores/workspace.ts'
import { hex } from '../../canvas/format.ts'
import { ConfidenceChip } from '../../widgets/chips.tsx'

/** The fields whose bytes lie in a word. */
export function fieldsOfWord(fields: readonly PacketField[], word: number): readonly PacketField[] {
  return fields.filter(({ at, sizeBytes }) => at < word * 4 + 4 && at + sizeBytes > word * 4)
}

export function Decoder({ packet }: { readonly packet: PacketNow | undefined }) {
  if (!packet) {
    return (
      <p className="host-note quiet">The words of a packet appear here once the queue holds one.</p>
    )
  }
  return (
    <div className="decoder">
      {packet.words.map((block, index) => (
        <Block key={`${block.title}${index}`} block={block} isOpen={index === 0} />
      ))}
    </div>
  )
}

function Block({ block, isOpen }: { readonly block: PacketWords; readonly isOpen: boolean }) {
  const [lit, setLit] = useState<PacketField | undefined>(undefined)
  const [open, setOpen] = useState(isOpen)
  return (
    <section aria-label={block.title}>
      <h3>
        <button
          type="button"
          className="decoder-fold"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {block.title}
        </button>
        <span className="quiet mono">{hex(block.address, 12)}</span>
        <span className="space" />
        {open && <ConfidenceChip level="exact" />}
      </h3>
      {open && (
        <dl className="decoder-rows" onPointerLeave={() => setLit(undefined)}>
          {rowsOf(block).map((row) => (
            <Row key={row.at} row={row} block={block} lit={lit} onLight={setLit} />
          ))}
        </dl>
      )}
    </section>
  )
}

export interface WordRow {
  /** Byte offset, and the words from there on. */
  readonly at: number
  readonly words: readonly number[]
}

/** A row for each header word, then one per eight bytes; what lies behind the last field is left out. */
export function rowsOf({ words, fields }: PacketWords): readonly WordRow[] {
  const unused = fields.find(({ name }) => name === 'unused')
  const end = unused ? Math.ceil(unused.at / 8) * 8 : words.length * 4
  const rows: WordRow[] = []
  for (let at = 0; at < end; at += at < 8 ? 4 : 8)
    rows.push({ at, words: at < 8 ? [at / 4] : [at / 4, at / 4 + 1] })
  return rows
}

interface RowProps {
  readonly row: WordRow
  readonly block: PacketWords
  readonly lit: PacketField | undefined
  readonly onLight: (field: PacketField | undefined) => void
}

function Row({ row, block, lit, onLight }: RowProps) {
  const end = row.at + row.words.length * 4
  const mine = block.fields.filter(({ at }) => at >= row.at && at < end)
  return (
    <div className="decoder-row">
      <dt>
        <span className="quiet mono">{row.at.toString(16).toUpperCase().padStart(2, '0')}</span>
        {row.words.map((word) => {
          const value = block.words[word] ?? 0
          const isLit = lit !== undefined && fieldsOfWord([lit], word).length > 0
          return (
            <span
              key={word}
              className={`decoder-word mono${value === 0 ? ' zero' : ''}${isLit ? ' lit' : ''}`}
              onPointerEnter={() => onLight(fieldsOfWord(block.fields, word)[0])}
            >
              {value.toString(16).toUpperCase().padStart(8, '0')}
            </span>
          )
        })}
      </dt>
      <dd>
        {mine.map((field) => (
          <Field key={field.at} field={field} isLit={field === lit} onLight={onLight} />
        ))}
      </dd>
    </div>
  )
}

interface FieldProps {
  readonly field: PacketField
  readonly isLit: boolean
  readonly onLight: (field: PacketField | undefined) => void
}

function Field({ field, isLit, onLight }: FieldProps) {
  const select = useWorkspace((state) => state.select)
  const light = () => onLight(field)
  return (
    <span
      className={isLit ? 'decoder-field lit' : 'decoder-field'}
      title={field.note}
      onPointerEnter={light}
    >
      <span className="quiet">{field.name}</span>{' '}
      {field.part ? (
        <button
          type="button"
          className="link mono"
          onFocus={light}
          onClick={() => select(field.part)}
        >
          {field.value}
        </button>
      ) : field.name === 'unused' ? (
        <span className="quiet">
          to 0x{(field.at + field.sizeBytes - 1).toString(16).toUpperCase()}
        </span>
      ) : (
        <b className="mono">{field.value}</b>
      )}
      {field.note && field.name === 'chain_flag' && <span className="quiet"> {field.note}</span>}
    </span>
  )
}
