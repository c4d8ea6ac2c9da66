/**
 * The statement with the configured table in place of `:events`, and names derived from it in place of `:idx_<column>`,
 * such as `idx_events_user_id` for the table `events`.
 *
 * @param table a name, or `schema.name`, as in `EVENTS_TABLE`
 */
export function withEventsTable(statement: string, table: string): string {
  // PostgreSQL would cut a long name at its end. This cuts it before the column, so that index names of a table stay different.
  const stem = `idx_${table.split('.').at(-1)?.slice(0, 48)}`;
  return statement
    .replaceAll(/(?<!:):events\b/g, () => quotedTable(table))
    .replaceAll(/(?<!:):idx_(\w+)/g, (_, column) => quoted(`${stem}_${column}`));
}

/** The table's name as SQL text. It is quoted, so that it may be a reserved word and cannot inject SQL (I10). */
export function quotedTable(table: string): string {
  return table.split('.').map(quoted).join('.');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
