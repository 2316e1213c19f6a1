/** Results: output buffers against what was expected. "Bit-exact" only when every element agrees. */
import type { ResultInfo } from '../../../emulator-core/worker/protocol.ts'
import { grouped } from '../../canvas/format.ts'
import { useLive } from '../../stores/live.ts'
import { Icon } from '../../widgets/icon.tsx'
import { verdictOf, type Verdict } from './verdict.ts'

const words: Readonly<Record<Verdict, string>> = {
  exact: 'bit-exact',
  differs: 'differs',
  underway: 'under way',
  unchecked: 'nothing expected',
}

const looks: Readonly<Record<Verdict, string>> = {
  exact: 'run',
  differs: 'fault',
  underway: 'idle',
  unchecked: 'idle',
}

export function ResultsView() {
  const results = useLive((state) => state.results)
  const status = useLive((state) => state.status)
  const running = useLive((state) => state.running)
  const blocks = useLive((state) => state.scene?.blockCount ?? 0)
  const done = useLive((state) => state.moment.blocksDone)
  const ended = status !== '' && !running
  return (
    <div className="results" tabIndex={0} role="region" aria-label="Results">
      <p className="row results-head">
        {blocks > 0 && (
          <span>
            <strong>{grouped(done)}</strong> of {grouped(blocks)} blocks are back in memory.
          </span>
        )}
        {status !== '' && (
          <span>
            Status <span className="mono">{status}</span>
          </span>
        )}
      </p>
      {results.length === 0 ? (
        <p className="quiet">
          No output yet. Run to the end, and each output buffer is compared with what the project
          expects.
        </p>
      ) : (
        <table>
          <caption className="quiet small">Outputs at the end of the run</caption>
          <thead>
            <tr>
              <th scope="col">Buffer</th>
              <th scope="col">Type</th>
              <th scope="col">Equal</th>
              <th scope="col">Verdict</th>
              <th scope="col">First mismatch</th>
              <th scope="col">SHA-256</th>
            </tr>
          </thead>
          <tbody>
            {results.map((result) => (
              <ResultRow key={result.name} result={result} verdict={verdictOf(result, ended)} />
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}

function ResultRow({
  result,
  verdict,
}: {
  readonly result: ResultInfo
  readonly verdict: Verdict
}) {
  const { name, type, elements, equal, firstMismatch, sha256 } = result
  return (
    <tr data-testid={`result-${name}`}>
      <th scope="row">{name}</th>
      <td className="mono">{type}</td>
      <td className="mono">
        {equal < 0 ? grouped(elements) : `${grouped(equal)} of ${grouped(elements)}`}
      </td>
      <td>
        <span className={`state ${looks[verdict]}`}>
          {verdict === 'exact' && <Icon name="tick" size={11} />}
          {verdict === 'differs' && <Icon name="close" size={11} />}
          {words[verdict]}
        </span>
      </td>
      <td className="mono">
        {firstMismatch
          ? `[${grouped(firstMismatch.index)}] expected ${firstMismatch.expected}, found ${firstMismatch.found}`
          : '–'}
      </td>
      <td className="mono quiet" title={sha256}>
        {sha256.slice(0, 12)}
      </td>
    </tr>
  )
}
