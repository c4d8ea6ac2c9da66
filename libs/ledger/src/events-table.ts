/**
 * A statement with the configured table in place of `:events`, and names that follow it in place of `:idx_<column>`:
 * `idx_events_user_id` for the table `events`.
 *
 * @param table a name, or `schema.name`, as `EVENTS_TABLE` takes it
 */
export function withEventsTable(statement: string, table: string): string {
  // Cut as PostgreSQL would cut it, but before the column, so that the names of a table's indexes stay different.
  const stem = `idx_${table.split('.').at(-1)?.slice(0, 48)}`;
  return statement
    .replaceAll(/(?<!:):events\b/g, () => quotedTable(table))
    .replaceAll(/(?<!:):idx_(\w+)/g, (_, column) => quoted(`${stem}_${column}`));
}

/** The table's name as SQL text: quoted, so that it may be a reserved word, and so that no name is more than a name (I10). */
export function quotedTable(table: string): string {
  return table.split('.').map(quoted).join('.');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
