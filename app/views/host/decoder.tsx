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
        <Block key={block.title} block={block} isOpen={index === 0} />
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
        <div className="decoder-columns" onPointerLeave={() => setLit(undefined)}>
          <Words block={block} lit={lit} onLight={setLit} />
          <Fields block={block} lit={lit} onLight={setLit} />
        </div>
      )}
    </section>
  )
}

interface PartProps {
  readonly block: PacketWords
  readonly lit: PacketField | undefined
  readonly onLight: (field: PacketField | undefined) => void
}

/** Two words a row, as the design draws them; words behind the last field that says something are left out. */
function Words({ block, lit, onLight }: PartProps) {
  const unused = block.fields.find(({ name }) => name === 'unused')
  const count = Math.ceil((unused?.at ?? block.words.length * 4) / 8) * 2
  const rows = Array.from({ length: Math.ceil(count / 2) }, (_, row) => row * 2)
  const isLit = (word: number) => lit !== undefined && fieldsOfWord([lit], word).length > 0
  return (
    <dl className="decoder-words" aria-hidden="true">
      {rows.map((first) => (
        <div key={first}>
          <dt className="mono">{(first * 4).toString(16).toUpperCase().padStart(2, '0')}</dt>
          {[first, first + 1].map((word) => {
            const value = block.words[word] ?? 0
            return (
              <dd
                key={word}
                className={`decoder-word mono${value === 0 ? ' zero' : ''}${isLit(word) ? ' lit' : ''}`}
                onPointerEnter={() => onLight(fieldsOfWord(block.fields, word)[0])}
              >
                {value.toString(16).toUpperCase().padStart(8, '0')}
              </dd>
            )
          })}
        </div>
      ))}
    </dl>
  )
}

function Fields({ block, lit, onLight }: PartProps) {
  const select = useWorkspace((state) => state.select)
  return (
    <dl className="decoder-fields">
      {block.fields.map((field) => (
        <div
          key={field.name}
          className={field === lit ? 'decoder-row lit' : 'decoder-row'}
          onPointerEnter={() => onLight(field)}
        >
          <dt>{field.name}</dt>
          <dd>
            {field.part ? (
              <button
                type="button"
                className="link mono"
                onFocus={() => onLight(field)}
                onClick={() => select(field.part)}
              >
                {field.value}
              </button>
            ) : field.name === 'unused' ? (
              <span className="quiet">
                {field.sizeBytes} bytes from 0x{field.at.toString(16).toUpperCase()}
              </span>
            ) : (
              <span className="mono">{field.value}</span>
            )}
            {field.note && <span className="quiet"> {field.note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
