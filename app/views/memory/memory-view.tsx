/** The memory panel before anything is loaded. */
export function MemoryView() {
  return (
    <div className="empty">
      <h2>Nothing is loaded</h2>
      <p>Open an example, or press Run.</p>
    </div>
  )
}
