/** Registers of the selected tile: filter, list, and what is known of the register under the pointer or the focus. */
import { useMemo, useState } from 'react'
import type { RegisterMap } from '../../../emulator-core/worker/protocol.ts'
import { counted, grouped } from '../../canvas/format.ts'
import { toast } from '../../stores/toasts.ts'
import { PartLink } from '../../widgets/part-link.tsx'
import { RegisterList } from './register-list.tsx'
import { hexOffset, shownRegisters } from './register-rows.ts'
import { useRegisters } from './use-registers.ts'
import './registers.css'

export function Registers({ part }: { readonly part: string }) {
  const held = useRegisters(part)
  const [text, setText] = useState('')
  const [nonDefault, setNonDefault] = useState(false)
  const [told, setTold] = useState<number | undefined>(undefined)
  const shown = useMemo(
    () => (held ? shownRegisters(held.map, held.values, { text, nonDefault }) : []),
    [held, text, nonDefault],
  )
  if (!held) return <p className="empty quiet">Reading the registers …</p>
  const { map } = held
  const all = map.registers.length
  return (
    <div className="registers">
      <div className="registers-tools">
        <input
          type="search"
          aria-label="Filter registers"
          placeholder="Filter by name, field or offset"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <div className="row">
          <label className="check small">
            <input
              type="checkbox"
              checked={nonDefault}
              onChange={(event) => setNonDefault(event.target.checked)}
            />
            Non-default only
          </label>
          <span className="space" />
          <span className="quiet small" role="status">
            {shown.length === all
              ? counted(all, 'register')
              : `${grouped(shown.length)} of ${grouped(all)}`}
          </span>
        </div>
      </div>
      {shown.length > 0 ? (
        <RegisterList
          key={map.tile}
          {...held}
          part={part}
          shown={shown}
          isSearch={text !== '' || nonDefault}
          tell={setTold}
        />
      ) : (
        <p className="registers-none quiet">
          {text === '' ? 'Every register holds its reset value.' : 'No register has these words.'}
        </p>
      )}
      <About map={map} at={told} />
    </div>
  )
}

function copy(address: string): void {
  const done = navigator.clipboard?.writeText(address)
  if (!done) return toast(`This page may not copy. The address is ${address}.`, 'caution')
  done.then(
    () => toast(`Copied ${address}.`),
    () => toast(`This page may not copy. The address is ${address}.`, 'caution'),
  )
}

/** Address, source and standing of one register. */
function About({ map, at }: { readonly map: RegisterMap; readonly at: number | undefined }) {
  const register = at === undefined ? undefined : map.registers[at]
  if (!register) {
    return (
      <section className="register-about" aria-label="About the register">
        <p className="quiet small">Arrow keys move; → shows the fields of a register.</p>
      </section>
    )
  }
  const address = hexOffset(map.base + register.offset)
  const source = map.sources[register.source]
  return (
    <section className="register-about" aria-label="About the register">
      <div className="row small">
        <span className="quiet">Address</span>
        <span className="mono">{address}</span>
        <button
          type="button"
          className="button small"
          aria-label={`Copy address ${address}`}
          onClick={() => copy(address)}
        >
          Copy
        </button>
        <span className="space" />
        {register.link !== undefined && <PartLink part={register.link} className="mono" />}
      </div>
      <p className="small" data-testid="register-source">
        <span className={`chip ${register.inferred === undefined ? 'exact' : 'unknown'}`}>
          {register.inferred === undefined ? 'published' : '? partly inferred'}
        </span>{' '}
        {source?.title} <span className="quiet">({source?.publisher})</span>
      </p>
      {register.inferred !== undefined && <p className="quiet small">{register.inferred}.</p>}
      <p className="small">
        <span className={`chip ${register.isModelled ? 'modelled' : 'unknown'}`}>
          {register.isModelled ? 'modelled' : 'stored only'}
        </span>{' '}
        <span className="quiet">
          {register.isModelled
            ? 'The emulated tile acts on it or keeps it up to date.'
            : 'Kept and read back; nothing here acts on it.'}
        </span>
      </p>
    </section>
  )
}
